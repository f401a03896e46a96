import { proxyLocalActivities } from '@temporalio/workflow';
import type { BareActivities } from './run-bare.ts';

const { debit, report } = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '5 seconds' });

export async function payBarely(orderId: string): Promise<void> {
  await debit(orderId);
  await report(orderId);
}
