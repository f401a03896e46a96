import assert from 'node:assert/strict';
import pg from 'pg';
import { listen } from '#platform/postgres/listen.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('a listener for hints', () => {
  let scratch: ScratchDatabase;
  let other: pg.Client;
  before(async () => {
    scratch = await createScratchDatabase('orders');
    other = new pg.Client({ connectionString: scratch.url });
    await other.connect();
  });
  after(async () => {
    await other.end();
    await scratch[Symbol.asyncDispose]();
  });

  const listeners = async () =>
    (
      await other.query<{ pid: number }>(
        `select pid from pg_stat_activity where application_name = 'test (listen)' and query like 'listen%'`,
      )
    ).rows;

  function startListening() {
    const heard = { hints: 0 };
    const listening = listen({
      url: scratch.url,
      name: 'test',
      channel: 'a channel',
      log: createLogger('test', 'silent'),
      onHint: () => void heard.hints++,
    });
    return { heard, [Symbol.asyncDispose]: async () => listening[Symbol.asyncDispose]() };
  }

  const notify = async () => other.query(`select pg_notify('a channel', '')`);

  it('hears one at once, since some may have been lost before, and then each that is sent', async () => {
    await using listening = startListening();
    const { heard } = listening;
    await eventually('the first hint', () => heard.hints === 1);
    await notify();
    await notify();
    await eventually('two hints', () => heard.hints === 3);
  });

  it('hears of nothing on other channels', async () => {
    await using listening = startListening();
    const { heard } = listening;
    await eventually('the first hint', () => heard.hints === 1);
    await other.query(`select pg_notify('another channel', '')`);
    await notify();
    await eventually('the one hint', () => heard.hints === 2);
  });

  it('listens again when its connection is ended, and hears one hint for all that it may have missed', async () => {
    await using listening = startListening();
    const { heard } = listening;
    await eventually('the first hint', () => heard.hints === 1);
    const [before] = await listeners();
    await other.query('select pg_terminate_backend($1)', [before?.pid]);
    await notify();
    await eventually('a hint on a new connection', () => heard.hints >= 2);
    const [after, ...more] = await listeners();
    assert.deepEqual(more, []);
    assert.notEqual(after?.pid, before?.pid);
    const { hints } = heard;
    await notify();
    await eventually('a hint that is sent now', () => heard.hints > hints);
  });

  it('leaves no connection behind when it stops', async () => {
    {
      await using listening = startListening();
      await eventually('the first hint', () => listening.heard.hints === 1);
      assert.equal((await listeners()).length, 1);
    }
    await eventually('no connection', async () => (await listeners()).length === 0);
  });
});
