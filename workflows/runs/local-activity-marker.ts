import type { HistoryEvent } from './history-steps.ts';
import { milliseconds } from './milliseconds.ts';

/** A local activity that has ended, as its marker in the history describes it. Times in ms since 1970. */
export interface LocalActivity {
  readonly activityType: string;
  readonly attempt: number;
  readonly startedAt: number;
  /** In workflow time, which stands still within a workflow task but for the local activities themselves. */
  readonly completedAt: number;
}

/** The marker's data as the SDK's core writes it, in JSON. */
interface MarkerData {
  readonly activity_type: string;
  readonly attempt: number;
  readonly original_schedule_time: { seconds: number; nanos: number };
  readonly complete_time: { seconds: number; nanos: number };
}

/**
 * Reads the marker in which the SDK's core records a local activity; undefined for any other event. The format is the
 * core's own: message LocalActivityMarkerData of external_data.proto, in github.com/temporalio/sdk-core.
 */
export function parseLocalActivityMarker({
  markerRecordedEventAttributes: marker,
}: HistoryEvent): LocalActivity | undefined {
  if (marker?.markerName !== 'core_local_activity') return undefined;
  const payload = marker.details?.['data']?.payloads?.[0]?.data ?? [];
  const data = JSON.parse(Buffer.from(payload).toString()) as MarkerData;
  return {
    activityType: data.activity_type,
    attempt: data.attempt,
    startedAt: milliseconds(data.original_schedule_time),
    completedAt: milliseconds(data.complete_time),
  };
}
