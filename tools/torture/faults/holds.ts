import { pause } from '@gozon/timing';
import { Client, Connection } from '@temporalio/client';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { namespace } from '#temporal-config/namespace.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Fault, FaultTarget } from './fault.ts';

const HOUR = 3_600_000;

/** In ms: past the end of short holds, and at times so long that they are released without Temporal. */
const AWAY = [8_000, 28_000] as const;
/** In ms. */
const CLOCK_IS_OFF = [6_000, 12_000] as const;

/** What only holds can suffer: that which waits for their end is lost, is away, or is wrong about the time. */
export const harmHolds: readonly Fault[] = [
  {
    name: 'workflows that wait for the end of a hold are terminated',
    locks: ['temporal', 'postgres'],
    harm: async ({ system }) => (await terminateWaiting(system)).length > 0,
  },
  {
    name: 'workflows that wait for the end of a hold are terminated, and started again',
    locks: ['temporal', 'postgres', 'outbox'],
    async harm({ system }) {
      const { rowCount } = await system.ordersDb.query(
        `update outbox set dispatched_at = null, due_at = now()
         where kind = 'authorize' and workflow_id = any($1) and dispatched_at is not null`,
        [await terminateWaiting(system)],
      );
      return (rowCount ?? 0) > 0;
    },
  },
  {
    name: 'Temporal is away over the end of holds',
    locks: ['temporal', 'postgres'],
    async harm({ system, random, signal }) {
      const { temporal } = system;
      const from = new Date();
      await temporal.kill();
      await pause(random.between(...AWAY), signal);
      const ended = await countEnded(system, from);
      await temporal.start();
      return ended > 0;
    },
  },
  shiftClock('an hour ahead', HOUR),
  shiftClock('an hour behind', -HOUR),
];

/** Restarts workflows with another clock, and again with the right one. */
function shiftClock(how: string, off: number): Fault {
  return {
    name: `the clock of workflows is ${how}`,
    locks: ['workflows', 'postgres'],
    async harm({ system, traps, random, signal }) {
      const from = new Date();
      traps.workflows.setClock(off);
      try {
        await restart(system);
        const isOff = Math.abs((await startedAt(system)) - Date.now()) > HOUR / 2;
        await pause(random.between(...CLOCK_IS_OFF), signal);
        return isOff && (await countEnded(system, from)) > 0;
      } finally {
        traps.workflows.setClock(0);
        await restart(system);
      }
    },
  };
}

async function restart(system: FaultTarget['system']): Promise<void> {
  const workflows = system.service('workflows');
  await workflows.terminate();
  await workflows.start();
}

/** By its own clock, in ms since 1970. */
async function startedAt(system: System): Promise<number> {
  const reply = await fetch(new URL('/metrics', system.service('workflows').url));
  const [, seconds] = /^process_start_time_seconds (\d+)$/m.exec(await reply.text()) ?? [];
  if (seconds === undefined) throw new Error('workflows does not say when it was started');
  return Number(seconds) * 1000;
}

/** How many holds have come to their end since then. */
async function countEnded({ paymentsDb }: System, from: Date): Promise<number> {
  const { rowCount } = await paymentsDb.query('select from holds where capture_before between $1 and now()', [
    from,
  ]);
  return rowCount ?? 0;
}

/** @returns the ids of those that were running */
async function terminateWaiting({ paymentsDb, temporalAddress }: System): Promise<string[]> {
  const { rows } = await paymentsDb.query<{ orderId: string }>(
    'select order_id as "orderId" from holds where closed_at is null',
  );
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const { workflow } = new Client({ connection, namespace: namespace.name });
    const terminated = await Promise.all(
      rows.map(async ({ orderId }) =>
        workflow
          .getHandle(paymentWorkflowId(orderId))
          .terminate('a test')
          .then(
            () => [paymentWorkflowId(orderId)],
            // It may have ended since.
            () => [],
          ),
      ),
    );
    return terminated.flat();
  } finally {
    await connection.close();
  }
}
