import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ApiReply } from '@gozon/client';
import { sql } from 'kysely';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { ProblemBody } from '#contracts/http/problem-codes.ts';
import { STACK_COMPONENTS } from '#contracts/values/stack-bounds.ts';
import { createLogger } from '#platform/process/logger.ts';
import { operatorOf } from '#test/support/system/operator.ts';
import { untilRun, untilRunAgain } from '#test/support/system/runs.ts';
import { withSharedStack } from '#test/support/system/shared-stack.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openDatabases } from '#tools/load/databases.ts';
import { countPending } from '#tools/load/generate/decisions.queries.ts';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { openTopics } from '#tools/testbed/topics.ts';

const LONG = 300_000;

describe('the controls of npm start', function () {
  this.timeout(LONG);
  const stack = withSharedStack();
  const operator = () => operatorOf(stack());

  const refusalOf = ({ status, body }: ApiReply) => {
    const { code, errors = [] } = body as ProblemBody;
    return { status, code, fields: errors.map(({ field }) => field) };
  };

  it('name the components that run, in the order in which they start', async () => {
    const { parts } = await operator().stack();
    assert.deepEqual(
      parts.map(({ name, state, pausedUntil }) => [name, state, pausedUntil]),
      STACK_COMPONENTS.map((name) => [name, 'running', null]),
    );
  });

  it('refuse a request that is wrong, name the field, and do nothing', async () => {
    const before = await operator().stack();
    for (const [path, body, ...fields] of [
      ['/api/stack/faults', { part: 'the moon', fault: 'kill' }, 'part'],
      ['/api/stack/faults', { part: 'kafka', fault: 'shake' }, 'fault'],
      ['/api/stack/faults', { part: 'kafka', fault: 'pause', seconds: 31 }, 'seconds'],
      ['/api/stack/faults', { part: 'kafka', fault: 'pause', seconds: 0.5 }, 'seconds'],
      ['/api/stack/faults', { part: 'kafka', fault: 'kill', signal: 9 }, 'signal'],
      ['/api/stack/load', { ratePerSecond: 51, seconds: 121 }, 'ratePerSecond', 'seconds'],
      ['/api/stack/load', { ratePerSecond: 0, seconds: '1' }, 'ratePerSecond', 'seconds'],
      ['/api/stack/load', {}, 'ratePerSecond', 'seconds'],
      ['/api/stack/deliver-twice', { rows: 101 }, 'rows'],
    ] as const) {
      const refusal = refusalOf(await operator().post(path, body));
      assert.deepEqual(refusal, { status: 422, code: 'invalid_body', fields }, JSON.stringify(body));
    }
    assert.deepEqual(await operator().stack(), before);
  });

  it('refuse a request that cannot be done now', async () => {
    const resume = await operator().post('/api/stack/faults', { part: 'kafka', fault: 'resume' });
    assert.deepEqual(refusalOf(resume), { status: 409, code: 'stack_busy', fields: [] });
    await operator().post('/api/stack/load', { ratePerSecond: 1, seconds: 60 });
    const second = await operator().post('/api/stack/load', { ratePerSecond: 1, seconds: 1 });
    assert.deepEqual(refusalOf(second), { status: 409, code: 'stack_busy', fields: [] });
    await operator().post('/api/stack/load/stop');
    await eventually('the load to end', async () => (await operator().stack()).load?.running === false);
  });

  it('kill a component, which is started again', async () => {
    assert.equal(
      (await operator().post('/api/stack/faults', { part: 'payments', fault: 'kill' })).status,
      202,
    );
    await operator().untilPart('payments', 'stopped');
    await operator().untilPart('payments', 'running');
    const { events } = await operator().stack();
    const texts = new Set(events.map(({ kind, text }) => `${kind}: ${text}`));
    assert.ok(texts.has('fault: payments died (killed by SIGKILL); starting it again in 0.5 s.'));
    assert.ok(texts.has('recovery: payments is back.'));
  });

  it('pause PostgreSQL with all its processes, under load, and resume it in time: all ends well', async () => {
    await operator().post('/api/stack/load', { ratePerSecond: 5, seconds: 20 });
    await eventually(
      'orders to flow',
      async () => ((await operator().stack()).load?.acknowledged ?? 0) > 10,
      {
        within: 60_000,
      },
    );
    const paused = await operator().post('/api/stack/faults', {
      part: 'postgres',
      fault: 'pause',
      seconds: 6,
    });
    assert.equal(paused.status, 202);
    const refused = await stack().client.as(randomUUID()).send({ method: 'GET', path: '/api/orders' });
    assert.equal(refused.status, 503);
    await operator().untilPart('postgres', 'running');
    await eventually('the load to end', async () => (await operator().stack()).load?.running === false, {
      within: 120_000,
    });
    const load = (await operator().stack()).load;
    assert.deepEqual([load?.acknowledged, load?.refused, load?.unanswered], [100, 0, 0]);
    assert.ok((load?.repeats ?? 0) > 0);
    await operator().untilAllIsWell();
  });

  it('resume a paused component before its time', async () => {
    await operator().post('/api/stack/faults', { part: 'kafka', fault: 'pause', seconds: 30 });
    await operator().untilPart('kafka', 'paused');
    assert.equal(
      (await operator().post('/api/stack/faults', { part: 'kafka', fault: 'resume' })).status,
      202,
    );
    await operator().untilPart('kafka', 'running');
    await operator().untilAllIsWell();
  });

  it('deliver orders twice, without an effect', async () => {
    const { settings, client } = stack();
    const log = createLogger('test', 'fatal');
    await using databases = openDatabases(superuserUrl(settings), log);
    const topics = openTopics({
      brokers: [`${LOOPBACK}:${settings.ports.KAFKA_PORT}`],
      clientId: 'test',
      log,
    });
    const customer = client.as(randomUUID());
    await customer.openAccount();
    await customer.topUp(1_000n);
    const orderIds: string[] = [];
    for (let n = 0; n < 5; n++) orderIds.push((await customer.placeOrder({ amount: 100n })).orderId);
    const untilAllIsDone = async () =>
      eventually('all to be done', async () => (await countPending(databases.orders)) === 0, {
        within: 60_000,
      });
    await untilAllIsDone();
    const system = { temporalAddress: `${LOOPBACK}:${settings.ports.TEMPORAL_PORT}`, topics };
    const runs = await Promise.all(orderIds.map(async (orderId) => untilRun(system, orderId)));
    const look = async () => ({
      orders: await Promise.all(orderIds.map(async (orderId) => customer.order(orderId))),
      account: await customer.account(),
      statement: await customer.statement(),
    });
    const findDispatched = async () => {
      const { rows } = await sql<{ orderId: string; at: string }>`
        select order_id, dispatched_at::text as at from outbox order by outbox_id`.execute(databases.orders);
      return rows;
    };
    const findReports = async () =>
      Map.groupBy(await topics.readAll(PAYMENT_STATUS_TOPIC.name), ({ key }) => key);
    const [before, dispatched, reports] = [await look(), await findDispatched(), await findReports()];
    const { body, status } = await operator().post('/api/stack/deliver-twice', { rows: 5 });
    assert.deepEqual([status, body], [202, { rows: 5 }]);
    await Promise.all(
      orderIds.map(async (orderId, index) => untilRunAgain(system, orderId, runs[index] ?? [])),
    );
    await untilAllIsDone();
    const again = (await findDispatched()).filter(({ at }, index) => at !== dispatched[index]?.at);
    assert.deepEqual(
      again.map(({ orderId }) => orderId),
      orderIds,
    );
    // A report that timed out is made again, so each order has any number of them, and all are the same event.
    const reportsNow = await findReports();
    for (const orderId of orderIds) {
      const values = (reportsNow.get(orderId) ?? []).map(({ value }) => value);
      assert.ok(
        values.length > (reports.get(orderId)?.length ?? Infinity),
        `${orderId} was not reported again`,
      );
      assert.equal(new Set(values).size, 1);
    }
    const after = await look();
    assert.deepEqual(after, before);
    assert.deepEqual([after.account.balance, after.statement.items.length], [500n, 6]);
    await operator().untilAllIsWell();
  });

  it('are in the OpenAPI document and in the settings of the dashboard', async () => {
    const read = async (path: string) => (await stack().client.send({ method: 'GET', path })).body as object;
    const { paths } = (await read('/openapi.json')) as { paths: object };
    assert.ok('/api/stack/faults' in paths);
    assert.equal(((await read('/settings.json')) as { controls: boolean }).controls, true);
  });
});

describe('a system without npm start', () => {
  const system = withSharedSystem();

  it('has no controls', async () => {
    const { client } = system();
    const me = client.as(randomUUID());
    for (const [method, path] of [
      ['GET', '/api/stack'],
      ['POST', '/api/stack/faults'],
      ['POST', '/api/stack/load'],
    ] as const) {
      assert.equal((await me.send({ method, path })).status, 404, path);
    }
    const { body } = await client.send({ method: 'GET', path: '/openapi.json' });
    assert.ok(!('/api/stack' in (body as { paths: object }).paths));
    const settings = await client.send({ method: 'GET', path: '/settings.json' });
    assert.equal((settings.body as { controls: boolean }).controls, false);
  });
});
