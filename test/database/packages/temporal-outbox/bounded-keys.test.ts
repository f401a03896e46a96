import assert from 'node:assert/strict';
import { createInFlight, startRelay } from '@gozon/temporal-outbox';
import type { InFlight } from '@gozon/temporal-outbox';
import { createWakeUp } from '@gozon/timing';
import { Connection, WorkflowClient } from '@temporalio/client';
import { sql } from 'kysely';
import {
  claimDueRows,
  claimOfOtherKeys,
  FROM_THE_FIRST,
} from '#packages/temporal-outbox/src/claim.queries.ts';
import { createLogger } from '#platform/process/logger.ts';
import { blocksRead } from '#test/support/database/blocks-read.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const MANY = 10_000;
const MOST_OF_KEY = 4;

describe('a key has no more in flight than it may,', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
    await sql`alter table outbox disable trigger user`.execute(shop.db);
  });
  afterEach(async () => shop[Symbol.asyncDispose]());

  async function enqueue(key: string, from: number, to = from): Promise<void> {
    for (let first = from; first <= to; first += 500) {
      await sql`
        select enqueue_workflow('pay', ${key}::text || '-' || n, '{}', '', ${key})
        from generate_series(${first}::integer, ${Math.min(to, first + 499)}::integer) as n`.execute(shop.db);
    }
  }
  const optionsOf = (limit: number, inFlight: Record<string, number>) => ({
    kinds: ['pay'],
    limit,
    lease: 600_000,
    keys: { mostOfKey: MOST_OF_KEY, inFlight: new Map(Object.entries(inFlight)) },
    from: FROM_THE_FIRST,
  });
  const claim = async (limit: number, inFlight: Record<string, number>) => {
    const { rows, withholds, isCrowded } = await claimDueRows(shop.workflowsDb, optionsOf(limit, inFlight));
    return { ids: rows.map(({ workflowId }) => workflowId), withholds, isCrowded };
  };
  const claimOfOthers = async (limit: number, inFlight: Record<string, number>, after = '') => {
    const rows = await claimOfOtherKeys(shop.workflowsDb, { ...optionsOf(limit, inFlight), after });
    return rows.map(({ workflowId }) => workflowId);
  };

  it('counting what it has already', async () => {
    await enqueue('many', 1, 20);
    await enqueue('some', 1, 3);
    const { ids } = await claim(64, { many: 1, another: 4 });
    assert.deepEqual(ids.toSorted(), ['many-1', 'many-2', 'many-3', 'some-1', 'some-2', 'some-3']);
    assert.deepEqual(await claim(64, { many: 4, some: 3 }), { ids: [], withholds: true, isCrowded: false });
    assert.deepEqual((await claim(2, { many: 2 })).ids, ['many-4', 'many-5']);
  });

  it('and a row of another is in the next claim, however many turns pass while the first has no room', async () => {
    await enqueue('many', 1, MANY);
    for (let n = 1; n <= 100; n++) {
      await enqueue(`other-${n % 10}`, n);
      assert.deepEqual((await claim(1, { many: MOST_OF_KEY })).ids, [`other-${n % 10}-${n}`]);
    }
    await enqueue('other', 1);
    assert.deepEqual((await claim(2, { many: MOST_OF_KEY - 1 })).ids, ['many-1', 'other-1']);
  });

  it('and those of a third, whose turns are far behind, are found by their key', async () => {
    await enqueue('many', 1, 1_000);
    await enqueue('third', 1, 1_000);
    await sql`delete from outbox where fairness_key = 'third' and turn < 500`.execute(shop.db);
    await enqueue('zero', 1);
    const inFlight = { many: MOST_OF_KEY };
    assert.deepEqual(await claim(8, inFlight), { ids: ['zero-1'], withholds: true, isCrowded: true });
    assert.deepEqual(await claimOfOthers(8, inFlight), ['third-500']);
    await enqueue('zero', 2);
    assert.deepEqual(await claimOfOthers(1, inFlight), ['third-501']);
    assert.deepEqual(await claimOfOthers(1, inFlight, 'third'), ['zero-2']);
    assert.deepEqual(await claimOfOthers(8, { ...inFlight, third: MOST_OF_KEY }), []);
    const blocks = await blocksRead(shop.workflowsUrl, async () => claimOfOthers(8, inFlight));
    assert.ok(blocks <= 100, `it touched ${blocks} blocks`);
  });

  it('and its further rows are found when another relay holds the first', async () => {
    await enqueue('many', 1, 20);
    const holder = await shop.db.startTransaction().execute();
    await sql`select from outbox where turn <= 4 for update`.execute(holder);
    assert.deepEqual(await claim(8, {}), { ids: [], withholds: true, isCrowded: true });
    assert.deepEqual(await claimOfOthers(8, {}), ['many-5']);
    await holder.rollback().execute();
  });

  describe('and a relay that has no poll', () => {
    /** @param whenItWaits completes some of what is under way, when the relay waits for rows or for slots */
    function startRelayWithoutPoll(
      inFlight: InFlight,
      start: (workflowId: string) => void,
      whenItWaits: () => void,
    ): AsyncDisposable {
      const wakeUp = createWakeUp();
      return startRelay({
        db: shop.workflowsDb,
        workflows: new WorkflowClient({ connection: Connection.lazy() }),
        kinds: {
          async pay(_workflows, { workflowId }) {
            start(workflowId);
            return { outcome: 'eager', runId: null, startedEagerly: true };
          },
        },
        inFlight: {
          ...inFlight,
          // On a slow machine there are no more slots than the key may have.
          async untilAvailable(signal) {
            if (inFlight.available() === 0) whenItWaits();
            await inFlight.untilAvailable(signal);
          },
        },
        wakeUp: {
          ...wakeUp,
          async wait(_ms, signal) {
            whenItWaits();
            await wakeUp.wait(600_000, signal);
          },
        },
        log: createLogger('test', 'fatal'),
      });
    }

    it('goes on with them when others complete while it claims', async () => {
      await enqueue('many', 1, 300);
      const inFlight = createInFlight(64, 600_000);
      const underWay: string[] = [];
      let started = 0;
      const start = (workflowId: string) => {
        started += 1;
        underWay.push(workflowId);
      };
      await using _relay = startRelayWithoutPoll(inFlight, start, () => {
        // One completes, by which a claim begins, and the others while it is under way.
        inFlight.complete(underWay.shift() ?? '');
        setImmediate(() => {
          for (const workflowId of underWay.splice(0)) inFlight.complete(workflowId);
        });
      });
      await eventually('all to start', () => started === 300);
    });

    it('goes on with them as its workflows complete, and with those of others beside them', async () => {
      await enqueue('many', 1, MANY);
      await enqueue('other', 1);
      const inFlight = createInFlight(64, 600_000);
      const { mostOfKey } = inFlight.keys;
      const underWay: string[] = [];
      const started: string[] = [];
      let most = 0;
      const start = (workflowId: string) => {
        started.push(workflowId);
        underWay.push(workflowId);
        most = Math.max(most, underWay.filter((id) => id.startsWith('many-')).length);
      };
      await using _relay = startRelayWithoutPoll(inFlight, start, () => {
        for (const workflowId of underWay.splice(0)) inFlight.complete(workflowId);
      });
      await eventually('a hundred to start', () => started.length > 100);
      assert.ok(most <= mostOfKey);
      assert.ok(started.slice(0, mostOfKey + 1).includes('other-1'));
    });
  });
});
