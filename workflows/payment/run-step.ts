import { isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import { ACTIVITY_ATTEMPT, LOCAL_ACTIVITY } from '#contracts/values/deadlines.ts';
import type { PaymentActivities } from './activities.ts';

/**
 * A step is first tried as a local activity, so that on a good day the whole workflow is a single workflow task; if that
 * fails it becomes an ordinary activity, which is retried for ever and shows in the Web UI with its last failure.
 * @param summary what the Web UI calls the step
 */
export async function quicklyThenSurely<Result>(
  summary: string,
  attempt: (activities: PaymentActivities) => Promise<Result>,
): Promise<Result> {
  try {
    return await attempt(quick(summary));
  } catch (error) {
    if (isCancellation(error)) throw error;
    return attempt(sure(summary));
  }
}

/** A few attempts within one workflow task. */
function quick(summary: string): PaymentActivities {
  return proxyLocalActivities<PaymentActivities>({
    startToCloseTimeout: LOCAL_ACTIVITY.attempt,
    scheduleToCloseTimeout: LOCAL_ACTIVITY.whole,
    retry: { initialInterval: '50 milliseconds', backoffCoefficient: 4, maximumAttempts: 3 },
    summary,
  });
}

/** Until it succeeds. The longest wait between two attempts bounds how soon after an outage the order is decided. */
function sure(summary: string): PaymentActivities {
  return proxyActivities<PaymentActivities>({
    startToCloseTimeout: ACTIVITY_ATTEMPT,
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
    summary,
  });
}
