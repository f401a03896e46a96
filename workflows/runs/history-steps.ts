import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowStep } from '#contracts/http/runs-api.ts';
import { withoutAddresses } from '#platform/process/describe-error.ts';
import { parseLocalActivityMarker } from './local-activity-marker.ts';
import { milliseconds } from './milliseconds.ts';

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
export type HistoryEvent = NonNullable<History['events']>[number];
export type PendingActivity = NonNullable<
  Awaited<ReturnType<WorkflowHandle['describe']>>['raw']['pendingActivities']
>[number];

/** What has been read of a history so far. */
interface Progress {
  readonly steps: WorkflowStep[];
  /** The regular activities among them, by the id of the event that scheduled each. */
  readonly scheduled: ReadonlyMap<string, WorkflowStep>;
  /** In ms since 1970: the start of the workflow task, moved on by each local activity in it. */
  readonly workflowTime: number;
}

/**
 * The steps of a run. They come from its history, and for a regular activity that is still tried from what is pending: a
 * retry is written to the history only when it is over.
 */
export function stepsOf({ events }: History, pending: readonly PendingActivity[]): WorkflowStep[] {
  const start: Progress = { steps: [], scheduled: new Map(), workflowTime: 0 };
  return (events ?? []).reduce((progress, event) => read(progress, event, pending), start).steps;
}

function read(progress: Progress, event: HistoryEvent, pending: readonly PendingActivity[]): Progress {
  if (event.workflowTaskStartedEventAttributes) {
    return { ...progress, workflowTime: milliseconds(event.eventTime) };
  }
  if (event.markerRecordedEventAttributes) return readMarker(progress, event);
  if (event.activityTaskScheduledEventAttributes) return readScheduled(progress, event, pending);
  return readOutcome(progress, event);
}

function readMarker(progress: Progress, event: HistoryEvent): Progress {
  const activity = parseLocalActivityMarker(event);
  if (!activity) return progress;
  const { startedAt, completedAt } = activity;
  const step: WorkflowStep = {
    name: activity.activityType,
    local: true,
    startedAt: new Date(startedAt).toISOString(),
    // How far it moved workflow time is how long it took.
    endedAt: new Date(startedAt + Math.max(0, completedAt - progress.workflowTime)).toISOString(),
    attempts: activity.attempt,
    lastFailure: rootMessage(event.markerRecordedEventAttributes?.failure),
  };
  return { ...progress, steps: [...progress.steps, step], workflowTime: completedAt };
}

function readScheduled(
  progress: Progress,
  event: HistoryEvent,
  pending: readonly PendingActivity[],
): Progress {
  const { activityType, activityId } = event.activityTaskScheduledEventAttributes ?? {};
  const now = pending.find((activity) => activity.activityId === activityId);
  const step: WorkflowStep = {
    name: activityType?.name ?? '',
    local: false,
    startedAt: new Date(milliseconds(event.eventTime)).toISOString(),
    endedAt: null,
    attempts: now?.attempt ?? 1,
    lastFailure: rootMessage(now?.lastFailure),
  };
  return {
    ...progress,
    steps: [...progress.steps, step],
    scheduled: new Map(progress.scheduled).set(String(event.eventId), step),
  };
}

function readOutcome(progress: Progress, event: HistoryEvent): Progress {
  const started = event.activityTaskStartedEventAttributes;
  const ended =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes;
  const id = String((started ?? ended)?.scheduledEventId);
  const step = progress.scheduled.get(id);
  if (!step) return progress;
  const changed: WorkflowStep = started
    ? { ...step, attempts: started.attempt ?? 1, lastFailure: rootMessage(started.lastFailure) }
    : { ...step, endedAt: new Date(milliseconds(event.eventTime)).toISOString() };
  return {
    ...progress,
    steps: progress.steps.map((one) => (one === step ? changed : one)),
    scheduled: new Map(progress.scheduled).set(id, changed),
  };
}

/** The innermost cause says what happened; those around it say where. */
function rootMessage(failure: PendingActivity['lastFailure']): string | null {
  if (!failure) return null;
  if (failure.cause) return rootMessage(failure.cause);
  return failure.message ? withoutAddresses(failure.message) : null;
}
