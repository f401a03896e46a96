import { ApiProblem } from '#contracts/client/api-problem.ts';
import { pause } from '#platform/process/lifecycle.ts';
import type { GozonClient } from './gozon-client.ts';
import type { PlannedOrder } from './plan-orders.ts';
import { NoAnswer, repeatUntilAnswered } from './repeat-until-answered.ts';
import type { Patience } from './repeat-until-answered.ts';
import type { CancelOutcome } from './submissions.ts';

/** Asks for the cancel of an order that was acknowledged, when it is planned. */
export async function cancelOrder(
  { userId, idempotencyKey, cancelAfter = 0 }: PlannedOrder,
  orderId: string,
  placing: Patience & { readonly gozon: GozonClient },
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
