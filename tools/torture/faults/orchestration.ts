import { pause } from '@gozon/timing';
import { Client, Connection } from '@temporalio/client';
import { namespace } from '#temporal-config/namespace.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Fault } from './fault.ts';

/** How many rows of the outbox are un-marked at a time. */
const UNMARKED = 50;

export const unmarkRows: readonly Fault[] = [
  {
    name: 'rows of the outbox are un-marked',
    locks: ['outbox', 'postgres'],
    async harm({ system, random }) {
      const { rowCount } = await system.ordersDb.query(
        `update outbox set dispatched_at = null, due_at = now()
         where outbox_id in (
           select outbox_id from outbox where dispatched_at is not null
           order by md5(outbox_id::text || $1) limit $2)`,
        [String(random.between(0, 1_000_000)), UNMARKED],
      );
      return (rowCount ?? 0) > 0;
    },
  },
];

export const terminateWorkflows: readonly Fault[] = [
  {
    name: 'open workflows are terminated',
    locks: ['workflowsToPaymentsDb', 'temporal'],
    async harm({ system, random, signal }) {
      // They are open for some 30 ms each; without payments' database they stay so.
      const { workflowsToPaymentsDb: link } = system.links;
      try {
        await link.cut();
        await pause(random.between(2_000, 5_000), signal);
        return (await terminateOpenWorkflows(system)) > 0;
      } finally {
        await link.heal();
      }
    },
  },
];

/** @returns how many */
export async function terminateOpenWorkflows({ temporalAddress }: System): Promise<number> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const { workflow } = new Client({ connection, namespace: namespace.name });
    let terminated = 0;
    for await (const { workflowId } of workflow.list({ query: "ExecutionStatus = 'Running'" })) {
      // It may have ended since it was listed.
      await workflow
        .getHandle(workflowId)
        .terminate('a test')
        .then(
          () => terminated++,
          () => {},
        );
    }
    return terminated;
  } finally {
    await connection.close();
  }
}
