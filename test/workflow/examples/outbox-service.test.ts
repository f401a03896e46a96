import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { createEmptyDatabase } from '#test/support/databases.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const FOLDER = 'examples/outbox-service';

/** Starts it, until it is disposed as by Ctrl-C. */
async function startExample(databaseUrl: string) {
  const [port] = await findFreePorts(1);
  const guests = `http://127.0.0.1:${port}/guests`;
  const running = execa(process.execPath, [...process.execArgv, `${FOLDER}/main.ts`], {
    cwd: CHECKOUT,
    env: { DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: infrastructure().temporal, PORT: String(port) },
    all: true,
    reject: false,
  });
  const isUp = async () =>
    fetch(`${guests}/nobody`).then(
      ({ status }) => status === 404,
      () => false,
    );
  const ended = running.then(({ all }) => assert.fail(`it ended: ${all}`));
  ended.catch(() => {});
  try {
    // It bundles its workflow first.
    await Promise.race([eventually('the example to listen', isUp, { within: 120_000 }), ended]);
  } catch (error) {
    running.kill('SIGKILL');
    throw error;
  }
  return {
    async invite(name: string, key: string) {
      const reply = await fetch(`${guests}/${name}`, { method: 'POST', headers: { 'Idempotency-Key': key } });
      return { status: reply.status, body: reply.ok ? await reply.json() : undefined };
    },
    async isWelcome(name: string): Promise<boolean> {
      const guest = (await (await fetch(`${guests}/${name}`)).json()) as { welcome: boolean };
      return guest.welcome;
    },
    async stop() {
      running.kill('SIGINT');
      return running;
    },
    [Symbol.dispose]: () => void running.kill('SIGKILL'),
  };
}

describe('the service of examples/outbox-service', function () {
  this.timeout(300_000);

  it('welcomes a guest by a workflow, once for an Idempotency-Key, and stops when told to', async () => {
    await using database = await createEmptyDatabase();
    using example = await startExample(database.url);
    const name = `Ada-${process.pid}`;
    assert.deepEqual(await example.invite(name, 'a'), {
      status: 201,
      body: { reply: { invited: name }, replayed: false },
    });
    assert.deepEqual(await example.invite(name, 'a'), {
      status: 201,
      body: { reply: { invited: name }, replayed: true },
    });
    assert.equal((await example.invite(name, 'b')).status, 409);
    assert.equal((await example.invite('Grace', 'a')).status, 422);
    assert.equal((await example.invite('Grace', 'x'.repeat(256))).status, 400);
    await eventually('the guest to be welcome', async () => example.isWelcome(name));
    const { exitCode, all } = await example.stop();
    assert.equal(exitCode, 0, all);
    assert.ok(all.includes(`Welcome, ${name}!`));
  });

  it('has at most 120 lines', () => {
    const lines = ['main.ts', 'welcome.workflow.ts'].flatMap((file) =>
      readFileSync(path.join(CHECKOUT, FOLDER, file), 'utf8')
        .trimEnd()
        .split('\n'),
    );
    assert.ok(lines.length <= 120, `${lines.length}`);
  });
});
