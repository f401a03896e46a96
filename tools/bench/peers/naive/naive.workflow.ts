import { proxyActivities } from '@temporalio/workflow';
import type { ShopActivities } from '../shop/create-activities.ts';
import type { OrderToDebit } from '../shop/events.ts';

const { debit, report } = proxyActivities<ShopActivities>({ startToCloseTimeout: '5 seconds' });

/** Two ordinary activities, each a round trip to the server. */
export async function payNaively(order: OrderToDebit): Promise<void> {
  await report(await debit(order));
}
