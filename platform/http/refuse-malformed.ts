import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { newId } from '#contracts/values/ids.ts';
import { toJson } from '#contracts/values/to-json.ts';
import type { Logger } from '../process/logger.ts';

interface RefuseMalformedOptions {
  readonly log: Logger;
  /** How long the headers, and all of a request, may take, in ms. */
  readonly deadlines: { readonly headers: number; readonly request: number };
}

/** How long a refused client may take to close its end, in ms. */
const LINGER = 2_000;

/** How long after a line in the log further refusals for the same reason are only counted, in ms. */
const QUIET = 10_000;

/** The error of node:http for a connection on which it cannot read a request. */
type ClientError = NodeJS.ErrnoException & { readonly reason?: string };

/**
 * Answers bytes that Node cannot read as a request, and that therefore never reach the app: with a problem, and ends the
 * connection. Anyone can send thousands of them, so the log has the first of each reason, and then how many more there
 * were.
 */
export function refuseMalformed({ log, deadlines }: RefuseMalformedOptions) {
  const logged = new Map<string, { at: number; since: number }>();

  return (
    error: ClientError,
    // Like Node's own handler: a second reply must not be written into one that has begun.
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
    // Do not destroy the socket at once: unread input would reset the connection before the client sees the reply.
    // Destroy it after LINGER, or a client that never closes its end would hold it indefinitely.
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
    // Node's reasons are a fixed list: they contain nothing that the client sent.
    const reason = error.reason ?? error.message;
    const last = logged.get(reason);
    const now = Date.now();
    if (last && now - last.at < QUIET) {
      last.since += 1;
      return;
    }
    const more = last?.since ?? 0;
    log.info({ ...where, status, code, reason, ...(more > 0 && { more }) }, 'refused a malformed request');
    logged.set(reason, { at: now, since: 0 });
  }
}
