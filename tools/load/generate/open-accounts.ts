import pMap from 'p-map';
import { MAX_AMOUNT } from '#contracts/values/money/money.ts';
import type { GozonClient } from './gozon-client.ts';
import type { PlannedCustomer } from './plan-orders.ts';
import { repeatUntilAnswered } from './repeat-until-answered.ts';
import type { RepeatOptions } from './repeat-until-answered.ts';

/** How many accounts are opened at a time. */
const CONCURRENCY = 16;

/**
 * Opens each customer's account and tops it up, in several steps when the amount exceeds one top-up's maximum. Opens no
 * more once the signal aborts.
 */
export async function openAccounts(
  gozon: GozonClient,
  customers: readonly PlannedCustomer[],
  repeat: RepeatOptions,
  onOpened: () => void,
): Promise<void> {
  const open = async ({ userId, topUp }: PlannedCustomer) => {
    if (repeat.signal.aborted) return;
    const customer = gozon.as(userId);
    const once = (name: string) => ({ idempotencyKey: `${name} of ${userId}` });
    await repeatUntilAnswered(async () => customer.openAccount({}, once('opening')), repeat);
    for (let left = topUp, step = 1; left > 0n; left -= MAX_AMOUNT, step++) {
      const amount = left < MAX_AMOUNT ? left : MAX_AMOUNT;
      await repeatUntilAnswered(async () => customer.topUp(amount, once(`top-up ${step}`)), repeat);
    }
    onOpened();
  };
  await pMap(customers, open, { concurrency: CONCURRENCY });
}
