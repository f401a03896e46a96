import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

describe('npm run redrive', () => {
  it('exits with 1 and a message when a call redrives nothing although dead letters are left', async () => {
    // In the place of the gateway: no part of ours answers so on purpose.
    const replies = [
      { rows: 1, deadLetters: 500, deadLettersLeft: 3 },
      { rows: 0, deadLetters: 0, deadLettersLeft: 3 },
    ];
    let calls = 0;
    const server = createServer((_request, response) => {
      const reply = replies[Math.min(calls++, 1)];
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(reply));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const { exitCode, stdout, stderr } = await execa(
        process.execPath,
        ['tools/operator/redrive.ts', '--gateway', gateway, '--dead-letters'],
        { cwd: CHECKOUT, reject: false, timeout: 30_000 },
      );
      assert.equal(exitCode, 1, stderr);
      assert.equal(stdout, '1 outbox row will be retried now.\n500 dead letters redriven.');
      assert.match(stderr, /^\n3 dead letters left, and the last call redrove none: .* run this again\.$/);
      assert.equal(calls, 2);
    } finally {
      server.close();
    }
  }).timeout(60_000);
});
