import type { HistoryEvent } from '#workflows/runs/history-steps.ts';

/** Attributes of the events that are an action each. */
const ONE_EACH = [
  'workflowExecutionStartedEventAttributes',
  'timerStartedEventAttributes',
  'workflowExecutionSignaledEventAttributes',
  'startChildWorkflowExecutionInitiatedEventAttributes',
  'workflowExecutionUpdateAcceptedEventAttributes',
  'workflowExecutionOptionsUpdatedEventAttributes',
  'nexusOperationScheduledEventAttributes',
] as const satisfies (keyof HistoryEvent)[];

/**
 * What Temporal Cloud would bill for a run, of what its history shows: not queries, heartbeats and schedules. The rules
 * are those of https://docs.temporal.io/evaluate/cloud/actions: a start of a workflow, a timer, a signal received, an
 * update, the start of a child (beside the child's own start), a Nexus operation, changed options; each attempt of an
 * activity; all markers of one workflow task together, which are its local activities; each upsert of search attributes
 * but that of the SDK's versions. Search attributes given at the start are free.
 */
export function billableActions(history: readonly HistoryEvent[]): number {
  const tasksWithMarkers = new Set<string>();
  let actions = 0;
  for (const event of history) {
    if (ONE_EACH.some((attributes) => event[attributes])) actions += 1;
    if (event.activityTaskStartedEventAttributes)
      actions += event.activityTaskStartedEventAttributes.attempt ?? 1;
    if (event.markerRecordedEventAttributes)
      tasksWithMarkers.add(String(event.markerRecordedEventAttributes.workflowTaskCompletedEventId));
    const upsert = event.upsertWorkflowSearchAttributesEventAttributes;
    const names = Object.keys(upsert?.searchAttributes?.indexedFields ?? {});
    if (names.some((name) => name !== 'TemporalChangeVersion')) actions += 1;
  }
  return actions + tasksWithMarkers.size;
}
