import { randomUUID } from 'node:crypto';
import { ROUTES } from '#contracts/values/routes.ts';
import { newTrace } from '#platform/tracing/accept-trace.ts';
import { keepDoing } from './provocation.ts';
import type { Provoke } from './provocation.ts';

/** Temporal accepts 1,000 letters. */
const TOO_LONG = 1_001;
/** In ms. By itself the relay tries such a row at most every 30 s. */
const REDRIVEN_EVERY = 1_000;

/** A row that Temporal refuses, and an operator who tries it again and again. */
export const refuseRow: Provoke = async ({ system }, healing) => {
  const workflowId = 'x'.repeat(TOO_LONG);
  const refund = {
    orderId: randomUUID(),
    userId: randomUUID(),
    amount: '1',
    currency: 'EUR',
    refundId: randomUUID(),
    refund: '1',
    signature: 'none',
  };
  healing.defer(
    async () => void (await system.ordersDb.query('delete from outbox where workflow_id = $1', [workflowId])),
  );
  await system.ordersDb.query(`select enqueue_workflow('refund', $1, $2, $3, null)`, [
    workflowId,
    JSON.stringify(refund),
    newTrace().traceparent,
  ]);
  const operator = system.client.as(randomUUID());
  const body = { reason: 'an alert is tried', as: 'npm run alerts' };
  keepDoing(healing, REDRIVEN_EVERY, async () => operator.call(ROUTES.redrive, { body }));
};
