import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { newId } from '#contracts/values/ids.ts';
import { toJson } from '#contracts/values/to-json.ts';
import type { Logger } from '../process/logger.ts';

interface Options {
  readonly log: Logger;
  /** How long the headers, and all of a request, may take, in ms. */
  readonly deadlines: { readonly headers: number; readonly request: number };
  /** For how long after a line in the log the next refusals for the same reason are only counted, in ms. */
  readonly quiet?: number;
}

/** How long a client who was refused may take to close his end, in ms. */
const LINGER = 2_000;

/** What node:http says of a connection on which it cannot read a request. */
type ClientError = NodeJS.ErrnoException & { readonly reason?: string };

/**
 * Answers what Node cannot read as a request, which never reaches the app: as a problem, and the connection ends. Anyone
 * can send such things by the thousand, so the log has the first of each reason, then how many more there were.
 */
export function refuseMalformed({ log, deadlines, quiet = 10_000 }: Options) {
  const logged = new Map<string, { at: number; since: number }>();

  return (
    error: ClientError,
    // As Node's own handler does: what is being answered already must not get a second answer in its midst.
    socket: Duplex & { _httpMessage?: ServerResponse | null; remoteAddress?: string },
  ): void => {
    if (!socket.writable || error.code === 'ECONNRESET' || socket._httpMessage?.headersSent) {
      socket.destroy();
      return;
    }
    const problem = problemOf(error.code);
    const requestId = newId();
    note(problem, error, { requestId, address: socket.remoteAddress });
    const body = toJson(problem.toBody(requestId));
    // Not at once: closing with something unread resets the connection, and the client would never see why. But at last,
    // for one that never closes his own end would hold it here for ever.
    const linger = setTimeout(() => socket.destroy(), LINGER);
    socket.once('close', () => clearTimeout(linger));
    socket.end(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
        'Connection: close\r\nContent-Type: application/problem+json; charset=utf-8\r\n' +
        `X-Request-Id: ${requestId}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };

  function problemOf(code: string | undefined): Problem {
    switch (code) {
      case 'HPE_HEADER_OVERFLOW':
        return problems.headersTooLarge();
      case 'ERR_HTTP_REQUEST_TIMEOUT':
        return problems.requestTimeout(deadlines);
      default:
        return problems.malformedRequest();
    }
  }

  function note({ status, code }: Problem, error: ClientError, where: object): void {
    // Node's reasons are a list of its own: nothing that the client sent is in them.
    const reason = error.reason ?? error.message;
    const last = logged.get(reason);
    const now = performance.now();
    if (last && now - last.at < quiet) {
      last.since += 1;
      return;
    }
    const more = last?.since ?? 0;
    log.info({ ...where, status, code, reason, ...(more > 0 && { more }) }, 'not a request');
    logged.set(reason, { at: now, since: 0 });
  }
}
