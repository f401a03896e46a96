import { randomUUID } from 'node:crypto';
import { inBackground, pause } from '@gozon/timing';
import { openCustomer } from '#tools/testbed/customers.ts';
import type { System } from '#tools/testbed/system.ts';

/** In minor units. */
const BALANCE = 100_000_000n;
const PRICE = 100n;
/** Between two orders, in ms: so few that the machine is nearly idle. */
const EVERY = 300;

/** A customer places an order every 300 ms until disposed, whatever comes of the one before. */
export async function placeSteadily(system: System): Promise<AsyncDisposable> {
  const customer = await openCustomer(system, BALANCE);
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      // What fails is seen by the alerts.
      customer.placeOrder({ amount: PRICE }, { idempotencyKey: randomUUID() }).catch(() => {});
      await pause(EVERY, signal);
    }
  });
}
