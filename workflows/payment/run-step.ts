import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import { ACTIVITY_ATTEMPT, LOCAL_ACTIVITY } from '#contracts/values/deadlines.ts';
import type { PaymentActivities } from './activities.ts';

/**
 * Runs one step of a payment. First as a local activity: while nothing fails, the whole workflow is a single workflow
 * task. If that fails, as a regular activity, which is retried until it succeeds and shows in the Web UI with its last
 * failure.
 * @param summary what the Web UI calls the step
 */
export async function runStep<Result>(
  summary: string,
  attempt: (activities: PaymentActivities) => Promise<Result>,
): Promise<Result> {
  try {
    return await attempt(localActivities(summary));
  } catch (error) {
    if (isCancellation(error) || isFinal(error)) throw error;
    return attempt(regularActivities(summary));
  }
}

/** Whether another attempt could not succeed either. */
function isFinal(error: unknown): boolean {
  // A local activity fails with the error itself, a regular one with an error around it.
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}

/** A few attempts within one workflow task. */
function localActivities(summary: string): PaymentActivities {
  return proxyLocalActivities<PaymentActivities>({
    startToCloseTimeout: LOCAL_ACTIVITY.attempt,
    scheduleToCloseTimeout: LOCAL_ACTIVITY.whole,
    retry: { initialInterval: '50 milliseconds', backoffCoefficient: 4, maximumAttempts: 3 },
    summary,
  });
}

/** Until it succeeds. The longest wait between two attempts bounds how soon after an outage the order is decided. */
function regularActivities(summary: string): PaymentActivities {
  return proxyActivities<PaymentActivities>({
    startToCloseTimeout: ACTIVITY_ATTEMPT,
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
    summary,
  });
}
