import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

/** What is answered to one request in the place of the gateway. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/**
 * Something in the place of the gateway that answers one request after the other, and the last answer from then on. No
 * part of ours can be made to give such answers.
 */
export async function answerInTurn(answers: readonly Answer[]) {
  const received: unknown[] = [];
  const home = mkdtempSync(path.join(os.tmpdir(), 'gozon-operator-'));
  const server = createServer((request, response) => {
    void (async () => {
      received.push(request.method === 'GET' ? undefined : await json(request));
      const {
        status = 200,
        headers,
        body,
      } = answers[Math.min(received.length, answers.length) - 1] ?? { body: {} };
      response
        .writeHead(status, { 'Content-Type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    /** The bodies of the requests. */
    received,
    /** Runs a command of an operator, as from a terminal. */
    async run(command: 'reconcile' | 'redrive', ...words: string[]) {
      const { exitCode, stdout, stderr } = await execa(
        process.execPath,
        [`tools/operator/${command}.ts`, '--gateway', gateway, ...words],
        { cwd: CHECKOUT, reject: false, timeout: 30_000, env: { GOZON_HOME: home } },
      );
      return { exitCode, stdout, stderr };
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      rmSync(home, { recursive: true });
    },
  };
}

/** A refusal of the API. */
export function refused(status: number, code: string, retryAfter?: string): Answer {
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(retryAfter !== undefined && { 'Retry-After': retryAfter }),
    },
    body: { status, code, detail: `refused with ${status}` },
  };
}
