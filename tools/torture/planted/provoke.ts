import { randomUUID } from 'node:crypto';
import type { Customer } from '@gozon/client';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import { TASK_QUEUE } from '#temporal-config/names.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { FaultTarget } from '../faults/fault.ts';
import { unmarkRows } from '../faults/orchestration.ts';

// Each makes that happen which one bug would answer wrongly: a torture that knows where it hurts.

export const PRICE = 100n;
const WITHIN = 60_000;
export const FORGED_TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Every row that was ever dispatched is dispatched once more. */
export async function dispatchAgain(target: FaultTarget): Promise<void> {
  const customer = await openCustomer(target.system, 10n * PRICE);
  const orderId = await placeOne(customer);
  await untilIt(customer, orderId, 'paid');
  await unmark(target);
}

/** A cancel's row is dispatched once more, when the money is back already. */
export async function cancelAgain(target: FaultTarget): Promise<void> {
  const customer = await openCustomer(target.system, 10n * PRICE);
  const orderId = await placeOne(customer);
  await untilIt(customer, orderId, 'paid');
  await customer.cancelOrder(orderId);
  await untilIt(customer, orderId, 'refunded');
  await unmark(target);
}

/** Somebody who reaches Temporal starts the cancel of an order that is paid. */
export async function forgeCancel({ system }: Pick<FaultTarget, 'system'>): Promise<void> {
  const customer = await openCustomer(system, 10n * PRICE);
  const orderId = await placeOne(customer);
  await untilIt(customer, orderId, 'paid');
  const { userId, currency } = await customer.account();
  const connection = await Connection.connect({ address: system.temporalAddress });
  try {
    await new Client({ connection, namespace: namespace.name }).workflow.execute('cancelOrder', {
      workflowId: `forged-${orderId}`,
      taskQueue: TASK_QUEUE,
      args: [{ orderId, userId, amount: String(PRICE), currency, traceparent: FORGED_TRACE }],
    });
  } catch (error) {
    // As it should be: without the bug payments refuses it.
    if (!(error instanceof WorkflowFailedError)) throw error;
  } finally {
    await connection.close();
  }
}

/** The rows that are un-marked come first in a system in which little else has happened. */
async function unmark(target: FaultTarget): Promise<void> {
  for (const { harm } of unmarkRows) await harm(target);
}

/** More is asked for than there is. */
export async function overspend({ system }: FaultTarget): Promise<void> {
  const customer = await openCustomer(system, PRICE);
  const orders = await Promise.all([placeOne(customer), placeOne(customer), placeOne(customer)]);
  await untilDecidedByPayments(system, orders);
}

/** Many debits of one account at the same moment; the gateway would refuse more than 50. */
export async function crowdOneAccount({ system }: FaultTarget): Promise<void> {
  const customer = await openCustomer(system, 100n * PRICE);
  const orders = await Promise.all(Array.from({ length: 40 }, async () => placeOne(customer)));
  await untilDecidedByPayments(system, orders);
}

/** While Kafka is away orders are paid and refunded: of some the refund is reported first. */
export async function reorderReports({ system }: FaultTarget): Promise<void> {
  const customer = await openCustomer(system, 100n * PRICE);
  const { name: topic } = PAYMENT_STATUS_TOPIC;
  const before = await system.topics.count(topic);
  await system.links.workflowsToKafka.cut();
  const orders = await Promise.all(Array.from({ length: 30 }, async () => placeOne(customer)));
  await untilDecidedByPayments(system, orders);
  await Promise.all(orders.map(async (orderId) => customer.cancelOrder(orderId)));
  await eventually(
    'payments to have given all of it back',
    async () => (await customer.account()).balance === 100n * PRICE,
    { within: WITHIN },
  );
  await system.links.workflowsToKafka.heal();
  await eventually(
    'both reports of each order',
    async () => (await system.topics.count(topic)) >= before + 2 * orders.length,
    { within: WITHIN },
  );
}

/** The relay dies when it has marked rows, or just before that. */
export async function dieMarking(target: FaultTarget): Promise<void> {
  await dieWith(target, 'workflows', 'after marking rows');
}

/** The consumer dies when it is about to apply what it has read. */
export async function dieApplying(target: FaultTarget): Promise<void> {
  await dieWith(target, 'orders', 'before applying events');
}

async function dieWith(
  { system, traps }: FaultTarget,
  service: 'orders' | 'workflows',
  point: string,
): Promise<void> {
  const customer = await openCustomer(system, 10n * PRICE);
  traps[service].arm(point);
  await placeOne(customer);
  await eventually(`${service} to die ${point}`, () => traps[service].sprung(), { within: WITHIN });
  await system.service(service).gone();
  await system.service(service).start();
}

async function placeOne(customer: Customer): Promise<string> {
  const { orderId } = await customer.placeOrder({ amount: PRICE }, { idempotencyKey: randomUUID() });
  return orderId;
}

export async function untilIt(customer: Customer, orderId: string, status: string): Promise<void> {
  await eventually(
    `order ${orderId} to be ${status}`,
    async () => (await customer.order(orderId)).status === status,
    { within: WITHIN },
  );
}

async function untilDecidedByPayments(
  { paymentsDb }: FaultTarget['system'],
  orderIds: readonly string[],
): Promise<void> {
  await eventually(
    'payments to have decided',
    async () => {
      const { rowCount } = await paymentsDb.query('select from decisions where order_id = any($1)', [
        orderIds,
      ]);
      return rowCount === orderIds.length;
    },
    { within: WITHIN },
  );
}
