import type { TimelineEntry } from '#contracts/values/timeline.ts';

/** What an entry with a word of Temporal means, in a sentence; undefined where its words say it. */
export function explainEntry(entry: TimelineEntry): string | undefined {
  switch (entry.what) {
    case 'workflow_started':
      return entry.detail.startedEagerly
        ? 'The relay started the workflow, and Temporal’s answer had its first task already: the worker beside the relay did not have to poll for it.'
        : 'The relay started the workflow. The worker polls Temporal for its first task.';
    case 'workflow_signalled':
      return 'The workflow had started before, and waits. The relay sent it a signal, a message with what was asked for.';
    case 'signal':
      return 'The signal is in the history of the workflow, and ends its wait.';
    default:
      return undefined;
  }
}
