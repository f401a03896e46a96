import { MAX_AMOUNT } from '#contracts/values/money.ts';
import { forEachConcurrently } from './for-each-concurrently.ts';
import type { GozonClient } from './gozon-client.ts';
import type { PlannedCustomer } from './plan-orders.ts';
import { repeatUntilAnswered } from './repeat-until-answered.ts';
import type { Patience } from './repeat-until-answered.ts';

/** Opens each customer's account and tops it up, in steps when it is more than one top-up may be. */
export async function openAccounts(
  gozon: GozonClient,
  customers: readonly PlannedCustomer[],
  patience: Patience,
  onOpened: () => void,
): Promise<void> {
  await forEachConcurrently(customers, 16, patience.signal, async ({ userId, topUp }) => {
    const customer = gozon.as(userId);
    const once = (name: string) => ({ idempotencyKey: `${name} of ${userId}` });
    await repeatUntilAnswered(async () => customer.openAccount({}, once('opening')), patience);
    for (let left = topUp, step = 1; left > 0n; left -= MAX_AMOUNT, step++) {
      const amount = left < MAX_AMOUNT ? left : MAX_AMOUNT;
      await repeatUntilAnswered(async () => customer.topUp(amount, once(`top-up ${step}`)), patience);
    }
    onOpened();
  });
}
