import type { TimelineEntry } from '#contracts/values/timeline.ts';
import { timeScale } from './time-scale.ts';
import type { TimeScale } from './time-scale.ts';

/** An entry with its label, and its time in ms since the epoch. */
export interface MeasuredEntry {
  readonly entry: TimelineEntry;
  readonly label: string;
  readonly begin: number;
  readonly end: number;
}

/** An entry with its place, in pixels from the left edge of the lanes. */
export interface PlacedEntry extends MeasuredEntry {
  readonly left: number;
  /** Of the bar, which shows how long the entry took. A moment has {@link LEAST_WIDTH}. */
  readonly width: number;
  /** The label stands before the bar where it does not fit behind it. */
  readonly labelBefore: boolean;
  /** The line of the lane, so that no label covers another. */
  readonly line: number;
}

const LEAST_WIDTH = 10;
/** Of an average letter in pixels, with room for the widest. */
const LETTER = 7.4;
const GAP = 14;

/** Places all entries on one scale within `width` pixels. `room` is how many of them the scale takes. */
export function placeEntries(
  measured: readonly MeasuredEntry[],
  width: number,
): { scale: TimeScale; room: number; placed: PlacedEntry[] } {
  const scale = timeScale(measured.flatMap(({ begin, end }) => [begin, end]));
  const room = roomForLabels(measured, scale, width);
  const occupied = new Map<string, number[]>();
  const placed = measured.map((item) => {
    const left = scale.place(item.begin) * room;
    const right = scale.place(item.end) * room + LEAST_WIDTH;
    const label = labelWidth(item);
    const labelBefore = right + label > width && left >= label;
    const line = takeLine(
      occupied,
      item.entry.component,
      labelBefore ? left - label : left,
      labelBefore ? right : right + label,
    );
    return { ...item, left, width: right - left, labelBefore, line };
  });
  return { scale, room, placed };
}

/**
 * The widest scale on which each label fits. A label fits behind its bar on every scale up to one width, and before its
 * bar on every scale from another width on. A scale between the two is narrowed to the first. From the largest gap down,
 * one pass finds the scale that lies in no gap.
 */
function roomForLabels(measured: readonly MeasuredEntry[], scale: TimeScale, width: number): number {
  const gaps = measured.map((item) => ({
    behind: (width - LEAST_WIDTH - labelWidth(item)) / scale.place(item.end),
    before: labelWidth(item) / scale.place(item.begin),
  }));
  const room = gaps
    .toSorted((one, other) => other.before - one.before)
    .reduce(
      (widest, { behind, before }) => (behind < widest && widest < before ? behind : widest),
      width - LEAST_WIDTH,
    );
  return Math.max(0, room);
}

function labelWidth({ label }: MeasuredEntry): number {
  return label.length * LETTER + GAP;
}

/** The first free line of a lane. Entries are in order of time, so a line that is free from here on remains free. */
function takeLine(occupied: Map<string, number[]>, lane: string, from: number, to: number): number {
  const lines = occupied.get(lane) ?? [];
  occupied.set(lane, lines);
  const free = lines.findIndex((end) => end + GAP / 2 <= from);
  const line = free < 0 ? lines.length : free;
  lines[line] = to;
  return line;
}
