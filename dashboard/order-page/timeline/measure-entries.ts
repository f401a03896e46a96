import type { TimelineEntry } from '#contracts/values/timeline.ts';
import { describeEntry, durationText } from './describe-entry.ts';
import type { MeasuredEntry } from './place-entries.ts';

/** @param options.now the end of an entry that is not over yet */
export function measureEntries(
  entries: readonly TimelineEntry[],
  { now, currency }: { now: number; currency: string },
): MeasuredEntry[] {
  return entries.map((entry) => {
    const begin = Date.parse(entry.at);
    const until = entry.until === undefined ? untilNextStatus(entry, entries) : entry.until;
    const end = Math.max(until === null ? now : Date.parse(until ?? entry.at), begin);
    return { entry, begin, end, label: labelOf(describeEntry(entry, currency), entry, end - begin) };
  });
}

function labelOf(words: string, { until }: TimelineEntry, ms: number): string {
  if (until === null) return `${words}, for ${durationText(ms)} now`;
  return ms > 0 ? `${words}, ${durationText(ms)}` : words;
}

/** A status lasts until the next one. The last status remains, and is drawn as a moment. */
function untilNextStatus(entry: TimelineEntry, entries: readonly TimelineEntry[]): string | undefined {
  if (entry.what !== 'status_changed') return undefined;
  return entries.slice(entries.indexOf(entry) + 1).find(({ what }) => what === 'status_changed')?.at;
}
