import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { findFreePorts } from '#tools/stack/settings/ports.ts';

describe('npm run example', () => {
  let home = '';
  before(() => (home = mkdtempSync(path.join(tmpdir(), 'gozon-example-'))));
  after(() => rmSync(home, { recursive: true }));

  const run = async (ports: Readonly<Record<'PORT' | 'POSTGRES_PORT', number | undefined>>) =>
    execa(process.execPath, [...process.execArgv, 'tools/examples/run-outbox-service.ts'], {
      cwd: CHECKOUT,
      env: { GOZON_HOME: home, PORT: String(ports.PORT), POSTGRES_PORT: String(ports.POSTGRES_PORT) },
      all: true,
      reject: false,
    });

  it('says which PostgreSQL it asked, why it cannot use it, and what to do', async () => {
    const [PORT, POSTGRES_PORT] = await findFreePorts(2);
    const { exitCode, all } = await run({ PORT, POSTGRES_PORT });
    const address = `127.0.0.1:${POSTGRES_PORT}`;
    assert.equal(exitCode, 1);
    assert.ok(
      all.includes(`PostgreSQL at ${address} cannot be used (connect ECONNREFUSED ${address}).`),
      all,
    );
    assert.match(all, /Run npm start in another terminal.*POSTGRES_PORT and TEMPORAL_PORT/);
  });

  it('says that its port is in use', async () => {
    await using other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port: PORT } = other.address() as AddressInfo;
    const [POSTGRES_PORT] = await findFreePorts(1);
    const { exitCode, all } = await run({ PORT, POSTGRES_PORT });
    assert.equal(exitCode, 1);
    assert.equal(
      all.trim(),
      `Another process uses port ${PORT} of the example (PORT). Stop it, or set PORT to a free port.`,
    );
  });
});
