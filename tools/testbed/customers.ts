import { randomUUID } from 'node:crypto';
import type { Customer } from '@gozon/client';
import type { System } from './system.ts';

/** A customer with an account and money in it, in minor units. */
export async function openCustomer({ client }: System, balance: bigint): Promise<Customer> {
  const customer = client.as(randomUUID());
  await customer.openAccount();
  if (balance > 0n) await customer.topUp(balance);
  return customer;
}
