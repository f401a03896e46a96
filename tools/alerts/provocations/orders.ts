import { randomUUID } from 'node:crypto';
import type { Customer } from '@gozon/client';
import { openCustomer } from '#tools/testbed/customers.ts';
import type { System } from '#tools/testbed/system.ts';
import { untilIt } from '#tools/torture/planted/provoke.ts';

/** In minor units. */
const BALANCE = 100_000n;
const PRICE = 100n;

/** An order that is decided. */
export interface Placed {
  readonly customer: Customer;
  readonly orderId: string;
}

export async function payOrder(system: System): Promise<Placed> {
  const customer = await openCustomer(system, BALANCE);
  const { orderId } = await customer.placeOrder({ amount: PRICE }, { idempotencyKey: randomUUID() });
  await untilIt(customer, orderId, 'paid');
  return { customer, orderId };
}

/** @param captureWithin in s */
export async function holdOrder(system: System, captureWithin: number): Promise<Placed> {
  const customer = await openCustomer(system, BALANCE);
  const { orderId } = await customer.placeOrder(
    { amount: PRICE, captureMethod: 'manual', captureWithin },
    { idempotencyKey: randomUUID() },
  );
  await untilIt(customer, orderId, 'authorized');
  return { customer, orderId };
}
