import assert from 'node:assert/strict';
import { describeError } from '#platform/process/describe-error.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

const OPERATIONS = 5;
const AMOUNT = 100n;

/**
 * Checks that everything works after the run: payments opens accounts and takes deposits, orders takes orders and
 * cancels, workflows pays and refunds them, all through the gateway.
 * @returns what does not work, each in a sentence
 */
export async function checkLastOperations(system: System): Promise<string[]> {
  const failures: string[] = [];
  for (let operation = 1; operation <= OPERATIONS; operation++) {
    try {
      await payAndRefund(system);
    } catch (error) {
      failures.push(`operation ${operation} of ${OPERATIONS} after the end: ${describeError(error)}`);
    }
  }
  return failures;
}

async function payAndRefund(system: System): Promise<void> {
  const customer = await openCustomer(system, AMOUNT);
  const { orderId } = await customer.placeOrder({ amount: AMOUNT });
  const untilIt = async (status: string) =>
    eventually(
      `order ${orderId} to be ${status}`,
      async () => (await customer.order(orderId)).status === status,
    );
  await untilIt('paid');
  assert.equal((await customer.account()).balance, 0n);
  await customer.cancelOrder(orderId);
  await untilIt('refunded');
  assert.equal((await customer.account()).balance, AMOUNT);
}
