import assert from 'node:assert/strict';
import { grpcStatus } from '@gozon/temporal-outbox';
import { status } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { sql } from 'kysely';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import { openRelayRig } from '#test/support/workflow/relay-rig.ts';
import type { RelayRig } from '#test/support/workflow/relay-rig.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { openLink } from '#tools/testbed/tcp-proxy.ts';

/** temporal.api.enums.v1.IndexedValueType */
const DOUBLE = 4;

describe('the relay, when Temporal refuses one order,', function () {
  this.timeout(90_000);
  let rig: RelayRig;
  before(async () => {
    rig = await openRelayRig();
  });
  after(async () => rig[Symbol.asyncDispose]());

  it('tries that one again later and later, and starts the others', async () => {
    const [refused = ''] = await rig.place(1);
    // Temporal takes no input over 2 MB: INVALID_ARGUMENT.
    await sql`update outbox set traceparent = repeat('x', 3000000) where order_id = ${refused}`.execute(
      rig.shop.db,
    );
    const others = await rig.place(5);
    await rig.run({}, async () => {
      const rows = await rig.untilDispatched(others);
      assert.deepEqual(new Set(rows.map(({ attempts }) => attempts)), new Set([1]));
      const row = await eventually('a second attempt', async () => {
        const [found] = await rig.rows([refused]);
        return found && found.attempts >= 2 && found;
      });
      assert.equal(row.isDispatched, false);
      assert.match(row.lastError ?? '', /^Failed to start Workflow: INVALID_ARGUMENT: .*size/i);
      const later = await rig.place(1);
      await rig.untilDispatched(later);
      await sql`update outbox set traceparent = '', due_at = now() where order_id = ${refused}`.execute(
        rig.shop.db,
      );
      const [mended] = await rig.untilDispatched([refused]);
      assert.equal(mended?.lastError, row.lastError);
      assert.ok((mended?.attempts ?? 0) >= 3);
    });
  });
});

describe('the relay, when its namespace is not as it must be,', function () {
  this.timeout(90_000);
  let connection: Connection;
  before(async () => {
    connection = await Connection.connect({ address: infrastructure().temporal });
  });
  after(async () => connection.close());

  it('gives the server’s words and what to do, is not ready, and starts all orders once it is made again', async () => {
    await using rig = await openRelayRig();
    const { access, namespace } = rig.server;
    await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: ['OrderId'] });
    const orderIds = await rig.place(3);
    await rig.run({}, async ({ states }) => {
      await eventually('an attempt that is refused', async () =>
        (await rig.rows(orderIds)).every(({ attempts }) => attempts > 0),
      );
      const said =
        /^the namespace \S+ lacks the search attribute OrderId of type Keyword: .* run deploy\/configure-temporal, .*: Failed to start Workflow: INVALID_ARGUMENT: .*OrderId/;
      for (const { lastError } of await rig.rows(orderIds)) assert.match(lastError ?? '', said);
      const state = await eventually('the relay to be not ready', () => {
        const last = states.at(-1);
        return last?.ready === false && last;
      });
      assert.match(state.reason, said);
      await configureTemporal({ ...access, namespace });
      await rig.untilDispatched(orderIds);
      await eventually('the relay to be ready', () => states.at(-1)?.ready);
    });
  });

  it('names a search attribute of another type, and what to do', async () => {
    await using rig = await openRelayRig();
    const { access, namespace } = rig.server;
    const { operatorService } = connection;
    await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['OrderId'] });
    await operatorService.addSearchAttributes({ namespace, searchAttributes: { OrderId: DOUBLE } });
    const [orderId = ''] = await rig.place(1);
    await rig.run({}, async ({ states }) => {
      const state = await eventually('the relay to be not ready', () => {
        const last = states.at(-1);
        return last?.ready === false && last;
      });
      assert.match(
        state.reason,
        /^the namespace \S+ lacks the search attribute OrderId of type Keyword: remove it if it has another type, then run deploy\/configure-temporal, .*: INVALID_ARGUMENT: .*OrderId of type Double/,
      );
      await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['OrderId'] });
      await configureTemporal({ ...access, namespace });
      await rig.untilDispatched([orderId]);
      await eventually('the relay to be ready', () => states.at(-1)?.ready);
    });
  });

  for (const when of ['from the start', 'any more']) {
    it(`says what to do, as its worker does, when there is none ${when}, and starts all orders once it is made`, async () => {
      await using rig = await openRelayRig();
      const { access, namespace } = rig.server;
      const remove = async () => {
        await connection.operatorService.deleteNamespace({ namespace });
        await eventually('the server to know', async () =>
          connection.workflowService.countWorkflowExecutions({ namespace }).then(
            () => false,
            (error: unknown) => grpcStatus(error) === status.NOT_FOUND,
          ),
        );
      };
      if (when === 'from the start') await remove();
      await rig.run({}, async ({ states, health }) => {
        if (when !== 'from the start') {
          await eventually('the relay to be ready', () => states.at(-1)?.ready);
          await remove();
        }
        const orderIds = await rig.place(3);
        const said = new RegExp(
          `^Temporal has no namespace ${namespace}: run deploy/configure-temporal, as npm start does: .*not found`,
          'i',
        );
        await eventually('relay and worker to tell what to do', async () => {
          const { worker } = (await health.report()).roles;
          return [states.at(-1), worker].every((state) => state?.ready === false && said.test(state.reason));
        });
        const waiting = await rig.rows(orderIds);
        assert.deepEqual(new Set(waiting.map(({ attempts }) => attempts)), new Set([0]));
        // Between the namespace and its search attributes, an attempt may be refused.
        await configureTemporal({ ...access, namespace });
        await rig.untilDispatched(orderIds);
        await eventually('relay and worker to be ready', async () =>
          [states.at(-1), (await health.report()).roles['worker']].every((state) => state?.ready),
        );
      });
    });
  }
});

describe('the relay, when Temporal is away,', function () {
  this.timeout(180_000);
  it('counts no attempt, gives its rows back, and starts them all when it is there again', async () => {
    const { settings } = infrastructure();
    await using link = await openLink(settings.ports.TEMPORAL_PORT);
    await using rig = await openRelayRig(async () => openDevServer({ address: link.address }));
    await rig.run({}, async ({ states }) => {
      const [first = ''] = await rig.place(1);
      await rig.untilDispatched([first]);

      await link.cut();
      const orderIds = await rig.place(10);
      await eventually('the relay to notice', () => states.at(-1)?.ready === false, { within: 60_000 });
      const rows = await eventually('all rows to be given back', async () => {
        const found = await rig.rows(orderIds);
        return found.filter(({ isDue }) => isDue).length >= orderIds.length - 1 && found;
      });
      assert.deepEqual(
        new Set(rows.map(({ attempts, lastError }) => `${attempts} ${lastError}`)),
        new Set(['0 null']),
      );

      await link.heal();
      const started = await rig.untilDispatched(orderIds);
      assert.deepEqual(new Set(started.map(({ attempts }) => attempts)), new Set([1]));
      assert.deepEqual(states.at(-1), { ready: true });
    });
  });

  it('says what is wrong of all rows once it answers again, and refuses them', async () => {
    const { settings, temporal } = infrastructure();
    await using link = await openLink(settings.ports.TEMPORAL_PORT);
    await using rig = await openRelayRig(async () => openDevServer({ address: link.address }));
    const connection = await Connection.connect({ address: temporal });
    const { namespace } = rig.server;
    try {
      await rig.run({}, async ({ states }) => {
        await eventually('the relay to be ready', () => states.at(-1)?.ready);
        await link.cut();
        const orderIds = await rig.place(1);
        await eventually('the relay to notice', () => states.at(-1)?.ready === false, { within: 60_000 });
        await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: ['OrderId'] });
        await link.heal();
        await eventually('the relay to tell what to do', () => {
          const last = states.at(-1);
          return last?.ready === false && last.reason.includes('lacks the search attribute OrderId');
        });
        await configureTemporal({ address: temporal, namespace });
        await rig.untilDispatched(orderIds);
      });
    } finally {
      await connection.close();
    }
  });

  it('is ready again once it answers, though another relay has taken every row', async () => {
    const { settings } = infrastructure();
    await using link = await openLink(settings.ports.TEMPORAL_PORT);
    await using rig = await openRelayRig(async () => openDevServer({ address: link.address }));
    await rig.run({}, async ({ states }) => {
      await eventually('the relay to be ready', () => states.at(-1)?.ready);
      await link.cut();
      const [orderId = ''] = await rig.place(1);
      await eventually('the relay to notice', () => states.at(-1)?.ready === false, { within: 60_000 });
      await sql`delete from outbox where order_id = ${orderId}`.execute(rig.shop.db);
      await link.heal();
      await eventually('the relay to be ready again', () => states.at(-1)?.ready, { within: 60_000 });
    });
  });
});
