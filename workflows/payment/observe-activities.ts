import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from '#platform/process/logger.ts';
import { Counter } from '#platform/process/metrics.ts';
import { logOf } from '#platform/tracing/log-of.ts';
import { traceOfInput } from '../trace/trace-workflows.ts';
import type { PaymentActivities } from './activities.ts';

const refused = new Counter({
  name: 'payment_steps_refused_total',
  help: 'Steps that a database refused, since it is not signed what the workflow asks for.',
  labelNames: ['activity'] as const,
});

const ACTIVITIES: Readonly<Record<keyof PaymentActivities, true>> = {
  debit: true,
  authorize: true,
  capture: true,
  expire: true,
  cancel: true,
  refund: true,
  report: true,
};
// The rate of a counter does not show its first event, before which there is no counter.
for (const activity of Object.keys(ACTIVITIES)) refused.inc({ activity }, 0);

export interface ActivityObserver {
  readonly log: Logger;
  /** Called after each attempt, whatever came of it. */
  readonly onTried: () => void;
  /** Called when a workflow's report has been acknowledged: it has nothing left to do. */
  readonly onReported: (workflowId: string) => void;
}

/**
 * Observes each attempt of an activity. It logs when an activity begins to fail and when it works again: each failed
 * attempt shows in the Web UI, and in the log they would be hundreds of lines for one outage.
 */
export function observeActivities({
  log,
  onTried,
  onReported,
}: ActivityObserver): ActivityInterceptorsFactory {
  const failing = new Set<string>();
  return ({ info: { activityType, workflowExecution } }) => ({
    inbound: {
      async execute(input, next) {
        const itsLog = logOf(log, traceOfInput(input.args));
        try {
          const result: unknown = await next(input);
          if (failing.delete(activityType))
            itsLog.info({ activity: activityType }, 'the activity works again');
          if (activityType === ('report' satisfies keyof PaymentActivities) && workflowExecution) {
            onReported(workflowExecution.workflowId);
          }
          return result;
        } catch (error) {
          if (isRefused(error)) {
            refused.inc({ activity: activityType });
            itsLog.error(
              { activity: activityType, workflow: workflowExecution?.workflowId, err: error },
              'refused a workflow',
            );
            throw error;
          }
          if (!failing.has(activityType)) {
            itsLog.warn(
              { activity: activityType, err: error },
              'the activity fails; it is tried until it succeeds',
            );
          }
          failing.add(activityType);
          throw error;
        } finally {
          onTried();
        }
      },
    },
  });
}

function isRefused(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.nonRetryable === true;
}
