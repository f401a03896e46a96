import type { WorkflowSignal, WorkflowTimer } from '#contracts/http/runs-api.ts';
import { valueOf } from './decode-run.ts';
import type { History, HistoryEvent } from './history-steps.ts';
import { milliseconds } from './milliseconds.ts';

/**
 * The timers of a run: what it waits for, or has waited for, and until when. A signal ends a wait, although Temporal records
 * that the timer is cancelled only with the next commands of the workflow, or never.
 * @param closedAt of the run: it may close with a timer that nobody waits for
 */
export function timersOf({ events }: History, closedAt: string | null): WorkflowTimer[] {
  const all = events ?? [];
  const endOf = (timer: HistoryEvent, begin: number): Pick<WorkflowTimer, 'endedAt' | 'outcome'> => {
    for (const event of all.slice(begin + 1)) {
      // A timer without a summary is the SDK's own, before it retries a step: no signal ends that.
      if (event.workflowExecutionSignaledEventAttributes && timer.userMetadata?.summary) {
        return { endedAt: timeOf(event), outcome: 'cancelled' };
      }
      const fired = event.timerFiredEventAttributes;
      const ended = fired ?? event.timerCanceledEventAttributes;
      if (ended && String(ended.startedEventId) === String(timer.eventId)) {
        return { endedAt: timeOf(event), outcome: fired ? 'fired' : 'cancelled' };
      }
    }
    return { endedAt: closedAt, outcome: closedAt === null ? 'waiting' : 'cancelled' };
  };
  return all.flatMap((event, index) => {
    const started = event.timerStartedEventAttributes;
    if (!started) return [];
    const timeout = milliseconds(started.startToFireTimeout);
    const timer = {
      summary: summaryOf(event),
      startedAt: timeOf(event),
      firesAt: new Date(milliseconds(event.eventTime) + timeout).toISOString(),
      ...endOf(event, index),
    };
    return [timer];
  });
}

export function signalsOf({ events }: History): WorkflowSignal[] {
  return (events ?? []).flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    return signal ? [{ name: signal.signalName ?? '', at: timeOf(event) }] : [];
  });
}

function timeOf(event: HistoryEvent): string {
  return new Date(milliseconds(event.eventTime)).toISOString();
}

/** As the SDK writes it for the Web UI. */
function summaryOf({ userMetadata }: HistoryEvent): string | null {
  const summary = userMetadata?.summary && valueOf(userMetadata.summary);
  return typeof summary === 'string' ? summary : null;
}
