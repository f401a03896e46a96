import assert from 'node:assert/strict';
import type { Customer } from '@gozon/client';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { describeError } from '#platform/process/describe-error.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

const OPERATIONS = 5;
const AMOUNT = 100n;
const PART = 40n;

/**
 * Checks that everything works after the run: payments opens accounts and takes deposits, orders takes orders, captures,
 * cancels and refunds, workflows carries them out, all through the gateway.
 * @returns what does not work, each in a sentence
 */
export async function checkLastOperations(system: System): Promise<string[]> {
  const failures: string[] = [];
  for (let operation = 1; operation <= OPERATIONS; operation++) {
    try {
      await payAndRefund(system);
      await captureAndRefund(system);
    } catch (error) {
      failures.push(`operation ${operation} of ${OPERATIONS} after the end: ${describeError(error)}`);
    }
  }
  return failures;
}

async function payAndRefund(system: System): Promise<void> {
  const customer = await openCustomer(system, AMOUNT);
  const { orderId } = await customer.placeOrder({ amount: AMOUNT });
  await untilIt(customer, orderId, 'paid');
  assert.equal((await customer.account()).balance, 0n);
  await customer.cancelOrder(orderId);
  await untilIt(customer, orderId, 'refunded');
  assert.equal((await customer.account()).balance, AMOUNT);
}

/** Of a part each. */
async function captureAndRefund(system: System): Promise<void> {
  const customer = await openCustomer(system, AMOUNT);
  const { orderId } = await customer.placeOrder({ amount: AMOUNT, captureMethod: 'manual' });
  await untilIt(customer, orderId, 'authorized');
  assert.equal((await customer.account()).available, 0n);
  await customer.captureOrder(orderId, { amount: PART });
  await untilIt(customer, orderId, 'paid');
  assert.equal((await customer.account()).available, AMOUNT - PART);
  await customer.refundOrder(orderId, { amount: PART });
  await untilIt(customer, orderId, 'refunded');
  assert.equal((await customer.account()).available, AMOUNT);
}

async function untilIt(customer: Customer, orderId: string, status: OrderStatus): Promise<void> {
  await eventually(
    `order ${orderId} to be ${status}`,
    async () => (await customer.order(orderId)).status === status,
  );
}
