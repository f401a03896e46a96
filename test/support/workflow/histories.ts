import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

interface Payload {
  readonly data?: string;
}

/** As much of the JSON form of a history as the tests look at. */
export interface HistoryEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly userMetadata?: { readonly summary?: Payload };
  readonly markerRecordedEventAttributes?: {
    readonly markerName: string;
    readonly failure?: { message: string };
  };
  readonly activityTaskStartedEventAttributes?: { readonly attempt: number };
  readonly workflowExecutionSignaledEventAttributes?: { readonly signalName: string };
  readonly workflowExecutionStartedEventAttributes?: {
    readonly input: { readonly payloads: readonly Payload[] };
  };
  readonly workflowExecutionCompletedEventAttributes?: {
    readonly result: { readonly payloads: readonly Payload[] };
  };
}

export interface History {
  readonly events: HistoryEvent[];
}

/** A workflow's history in the JSON form that the Web UI and the Temporal CLI export too. */
export async function fetchHistory(handle: WorkflowHandle): Promise<History> {
  return JSON.parse(historyToJSON(await handle.fetchHistory())) as History;
}

/** What happened, in order, in short words: workflow tasks are what a payment costs the server. */
export function outline({ events }: History): string[] {
  return events.flatMap(({ eventType, userMetadata, ...event }) => {
    const summary = String(decode(userMetadata?.summary));
    switch (eventType) {
      case 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED':
        return ['workflow task'];
      case 'EVENT_TYPE_WORKFLOW_TASK_FAILED':
      case 'EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT':
        return ['workflow task lost'];
      case 'EVENT_TYPE_MARKER_RECORDED':
        return [`${event.markerRecordedEventAttributes?.failure ? 'failed' : 'done'} locally: ${summary}`];
      case 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED':
        return [`ordinary activity: ${summary}`];
      case 'EVENT_TYPE_TIMER_STARTED':
        return [`timer: ${summary}`];
      case 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED':
        return [`signal: ${event.workflowExecutionSignaledEventAttributes?.signalName}`];
      case 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED':
        return ['completed'];
      default:
        return [];
    }
  });
}

export function inputOf({ events }: History): unknown {
  return decode(events[0]?.workflowExecutionStartedEventAttributes?.input.payloads[0]);
}

export function resultOf({ events }: History): unknown {
  return decode(events.at(-1)?.workflowExecutionCompletedEventAttributes?.result.payloads[0]);
}

function decode(payload: Payload | undefined): unknown {
  if (payload?.data === undefined) return undefined;
  return JSON.parse(Buffer.from(payload.data, 'base64').toString());
}
