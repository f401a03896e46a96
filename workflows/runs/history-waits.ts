import type { WorkflowSignal, WorkflowTimer } from '#contracts/http/runs-api.ts';
import { valueOf } from './decode-run.ts';
import type { History, HistoryEvent } from './history-steps.ts';
import { milliseconds } from './milliseconds.ts';

/**
 * The timers of a run: what it waits for, or has waited for, and until when.
 * @param closedAt of the run: it may close with a timer that nobody waits for
 */
export function timersOf({ events }: History, closedAt: string | null): WorkflowTimer[] {
  const all = events ?? [];
  const endOf = (startedEventId: string): Pick<WorkflowTimer, 'endedAt' | 'outcome'> => {
    for (const event of all) {
      const fired = event.timerFiredEventAttributes;
      const ended = fired ?? event.timerCanceledEventAttributes;
      if (ended && String(ended.startedEventId) === startedEventId) {
        return { endedAt: timeOf(event), outcome: fired ? 'fired' : 'cancelled' };
      }
    }
    return { endedAt: closedAt, outcome: closedAt === null ? 'waiting' : 'cancelled' };
  };
  return all.flatMap((event) => {
    const started = event.timerStartedEventAttributes;
    if (!started) return [];
    const timeout = milliseconds(started.startToFireTimeout);
    const timer = {
      summary: summaryOf(event),
      startedAt: timeOf(event),
      firesAt: new Date(milliseconds(event.eventTime) + timeout).toISOString(),
      ...endOf(String(event.eventId)),
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
