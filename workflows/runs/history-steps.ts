import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowStep } from '#contracts/http/runs-api.ts';
import { withoutAddresses } from '#platform/process/health.ts';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];
type Pending = NonNullable<
  Awaited<ReturnType<WorkflowHandle['describe']>>['raw']['pendingActivities']
>[number];
type Timestamp = Event['eventTime'];

/** What a run did, from its history; and from what is pending, since a retry is written down only when it is over. */
export function stepsOf({ events }: History, pending: readonly Pending[]): WorkflowStep[] {
  const steps: WorkflowStep[] = [];
  const activities = new Map<string, WorkflowStep>();
  let workflowTime = 0;
  for (const event of events ?? []) {
    const { markerRecordedEventAttributes: marker, activityTaskScheduledEventAttributes: scheduled } = event;
    if (event.workflowTaskStartedEventAttributes) workflowTime = milliseconds(event.eventTime);
    if (marker?.markerName === 'core_local_activity') {
      const local = localStep(marker, workflowTime);
      steps.push(local.step);
      workflowTime = local.workflowTime;
    } else if (scheduled) {
      const step = pendingStep(scheduled.activityType?.name, event.eventTime, pending, scheduled.activityId);
      activities.set(String(event.eventId), step);
      steps.push(step);
    } else finish(event, activities);
  }
  return steps;
}

/**
 * The SDK's core writes what a local activity was into its marker. Its complete_time is in workflow time, which stands
 * still at the start of the task but for the local activities themselves: the difference is how long this one took.
 */
function localStep(marker: NonNullable<Event['markerRecordedEventAttributes']>, workflowTime: number) {
  const data = JSON.parse(
    Buffer.from(marker.details?.['data']?.payloads?.[0]?.data ?? []).toString(),
  ) as LocalActivity;
  const startedAt = milliseconds(data.original_schedule_time);
  const completed = milliseconds(data.complete_time);
  const step: WorkflowStep = {
    name: data.activity_type,
    local: true,
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(startedAt + Math.max(0, completed - workflowTime)).toISOString(),
    attempts: data.attempt,
    lastFailure: rootMessage(marker.failure),
  };
  return { step, workflowTime: completed };
}

interface LocalActivity {
  readonly activity_type: string;
  readonly attempt: number;
  readonly original_schedule_time: { seconds: number; nanos: number };
  readonly complete_time: { seconds: number; nanos: number };
}

function pendingStep(
  name: string | null | undefined,
  at: Timestamp,
  pending: readonly Pending[],
  activityId: string | null | undefined,
): WorkflowStep {
  const now = pending.find((activity) => activity.activityId === activityId);
  return {
    name: name ?? '',
    local: false,
    startedAt: new Date(milliseconds(at)).toISOString(),
    endedAt: null,
    attempts: now?.attempt ?? 1,
    lastFailure: rootMessage(now?.lastFailure),
  };
}

function finish(event: Event, activities: ReadonlyMap<string, WorkflowStep>): void {
  const started = event.activityTaskStartedEventAttributes;
  const ended =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes;
  const step = activities.get(String((started ?? ended)?.scheduledEventId));
  if (!step) return;
  if (started) {
    step.attempts = started.attempt ?? 1;
    step.lastFailure = rootMessage(started.lastFailure);
  } else step.endedAt = new Date(milliseconds(event.eventTime)).toISOString();
}

/** The innermost cause says what happened; those around it say where. */
function rootMessage(failure: Pending['lastFailure']): string | null {
  if (!failure) return null;
  if (failure.cause) return rootMessage(failure.cause);
  return failure.message ? withoutAddresses(failure.message) : null;
}

function milliseconds(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
}
