import type { Logger } from '#platform/process/logger.ts';
import type { PaymentActivities } from './activities.ts';

/**
 * The same activities, which log when they begin to fail and when they work again. Each attempt that fails shows in the
 * Web UI; in the log they would be hundreds of lines for one outage.
 * @param onTried called after each attempt, whatever came of it
 */
export function announceOutages(
  activities: PaymentActivities,
  log: Logger,
  onTried: () => void,
): PaymentActivities {
  return {
    debit: announced('debit', activities.debit, log, onTried),
    cancel: announced('cancel', activities.cancel, log, onTried),
    report: announced('report', activities.report, log, onTried),
  };
}

function announced<Input, Result>(
  activity: keyof PaymentActivities,
  act: (input: Input) => Promise<Result>,
  log: Logger,
  onTried: () => void,
): (input: Input) => Promise<Result> {
  let failing = false;
  return async (input) => {
    try {
      const result = await act(input);
      if (failing) log.info({ activity }, 'the activity works again');
      failing = false;
      return result;
    } catch (error) {
      if (!failing) log.warn({ activity, err: error }, 'the activity fails, and is tried again for ever');
      failing = true;
      throw error;
    } finally {
      onTried();
    }
  };
}
