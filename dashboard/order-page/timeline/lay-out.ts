import type { TimelineEntry } from '#contracts/values/timeline.ts';
import { describeEntry, durationText } from './describe-entry.ts';
import type { TimeScale } from './time-scale.ts';
import { timeScale } from './time-scale.ts';

/** An entry with its place, in pixels from the left edge of the lanes. */
export interface Placed {
  readonly entry: TimelineEntry;
  readonly words: string;
  readonly left: number;
  /** Of the bar that shows how long it took; what was a moment has the least. */
  readonly width: number;
  /** The line of its lane on which it stands, so that no words lie on others. */
  readonly line: number;
  /** At the right edge words stand before their bar. */
  readonly wordsBefore: boolean;
}

export const LEAST_WIDTH = 10;
/** Of an average letter, with room for the widest; in pixels. */
const LETTER = 7.4;
const GAP = 14;

/** Places all entries on one scale of so many pixels. What goes on still reaches to `now`. */
export function layOut(
  entries: readonly TimelineEntry[],
  { width, now, currency }: { width: number; now: number; currency: string },
): { scale: TimeScale; room: number; placed: Placed[] } {
  const began = (entry: TimelineEntry) => Date.parse(entry.at);
  const ended = (entry: TimelineEntry) => {
    const until = entry.until === undefined ? untilNextStatus(entry, entries) : entry.until;
    return until === null ? now : Math.max(Date.parse(until ?? entry.at), began(entry));
  };
  const scale = timeScale(entries.flatMap((entry) => [began(entry), ended(entry)]));
  const placeOn = (room: number): Placed[] => {
    const occupied = new Map<string, number[]>();
    return entries.map((entry) => {
      const left = scale.place(began(entry)) * room;
      const bar = Math.max(scale.place(ended(entry)) * room - left, 0) + LEAST_WIDTH;
      const words = wordsOf(describeEntry(entry, currency), entry, ended(entry) - began(entry));
      const letters = roomFor(words);
      const wordsBefore = left + bar + letters > width && left > letters;
      const from = wordsBefore ? left - letters : left;
      const to = wordsBefore ? left + bar : left + bar + letters;
      const line = takeLine(occupied, entry.component, from, to);
      return { entry, words, left, width: bar, wordsBefore, line };
    });
  };
  // Words of a bar from edge to edge fit neither before nor behind it: the scale makes room for them behind it. On the
  // narrower scale others may need that too, but never those again for which room was made.
  let room = width - LEAST_WIDTH;
  for (;;) {
    const placed = placeOn(room);
    const tooLong = placed.filter((item) => !item.wordsBefore && endOf(item) > width + 1);
    if (tooLong.length === 0 || room === 0) return { scale, room, placed };
    const rooms = tooLong.map(
      ({ entry, words }) => (width - LEAST_WIDTH - roomFor(words)) / scale.place(ended(entry)),
    );
    room = Math.max(0, Math.min(...rooms));
  }
}

function endOf({ left, width, words }: Placed): number {
  return left + width + roomFor(words);
}

function roomFor(words: string): number {
  return words.length * LETTER + GAP;
}

function wordsOf(words: string, entry: TimelineEntry, ms: number): string {
  if (entry.until === null) return `${words}, for ${durationText(ms)} now`;
  return ms > 0 ? `${words}, ${durationText(ms)}` : words;
}

/** A status lasts until the next; the last one is there to stay, and is drawn as a moment. */
function untilNextStatus(entry: TimelineEntry, entries: readonly TimelineEntry[]): string | undefined {
  if (entry.what !== 'status_changed') return undefined;
  return entries.slice(entries.indexOf(entry) + 1).find(({ what }) => what === 'status_changed')?.at;
}

/** The first line of a lane that is free from there on. Entries come in time, so what is free stays so. */
function takeLine(occupied: Map<string, number[]>, lane: string, from: number, to: number): number {
  const lines = occupied.get(lane) ?? [];
  occupied.set(lane, lines);
  const free = lines.findIndex((end) => end + GAP / 2 <= from);
  const line = free < 0 ? lines.length : free;
  lines[line] = to;
  return line;
}
