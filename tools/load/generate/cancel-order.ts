import { ApiProblem } from '#contracts/client/api-problem.ts';
import { pause } from '#platform/process/lifecycle.ts';
import type { GozonClient } from './gozon-client.ts';
import type { PlannedOrder } from './plan-orders.ts';
import { NoAnswer, repeatUntilAnswered } from './repeat-until-answered.ts';
import type { RepeatOptions } from './repeat-until-answered.ts';
import type { CancelOutcome } from './submissions.ts';

/** Requests the cancel of an acknowledged order at its planned time. */
export async function cancelOrder(
  { userId, idempotencyKey, cancelAfter = 0 }: PlannedOrder,
  orderId: string,
  placing: RepeatOptions & { readonly gozon: GozonClient },
): Promise<CancelOutcome> {
  await pause(cancelAfter, placing.signal);
  const repeatable = { idempotencyKey: `cancel ${idempotencyKey}` };
  try {
    await repeatUntilAnswered(async () => placing.gozon.as(userId).cancelOrder(orderId, repeatable), placing);
    return { kind: 'acknowledged' };
  } catch (error) {
    if (error instanceof ApiProblem && error.status < 500) return { kind: 'refused', problem: error };
    if (error instanceof ApiProblem || error instanceof NoAnswer) return { kind: 'unknown', error };
    throw error;
  }
}
