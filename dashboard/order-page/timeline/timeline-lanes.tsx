import { Box } from '@mantine/core';
import type { TimelineReply } from '#contracts/http/orders-api.ts';
import type { LaneWarnings } from '../use-lane-status.ts';
import { useNow } from '../use-now.ts';
import { axisText } from './axis-text.ts';
import { durationText, keyOf } from './describe-entry.ts';
import { LaneEntry } from './lane-entry.tsx';
import { LANES } from './lanes.ts';
import { measureEntries } from './measure-entries.ts';
import { placeEntries } from './place-entries.ts';
import type { TimeScale } from './time-scale.ts';
import classes from './timeline.module.css';

/** In pixels. */
const NAME_WIDTH = 116;
const LINE_HEIGHT = 30;

/** A lane for each part of the system, and time from left to right. */
export function TimelineLanes({
  timeline,
  warnings,
  currency,
  width,
}: {
  timeline: TimelineReply;
  warnings: LaneWarnings;
  currency: string;
  width: number;
}) {
  const now = useNow(timeline.entries.some(({ until }) => until === null));
  const measured = measureEntries(timeline.entries, { now, currency });
  const { scale, room, placed } = placeEntries(measured, width - NAME_WIDTH);
  const axis = axisText(scale.end - scale.begin);
  return (
    <>
      <Box
        className={classes['frame']}
        dir="ltr"
        style={{ '--name-width': `${NAME_WIDTH}px`, '--line-height': `${LINE_HEIGHT}px` }}
      >
        <ol className={classes['lanes']}>
          {LANES.map(({ component, name, description }) => {
            const items = placed.filter(({ entry }) => entry.component === component);
            const warning = warnings.get(component);
            const lines =
              Math.max(1, ...items.map(({ line }) => line + 1)) + (warning && items.length > 0 ? 1 : 0);
            return (
              <li key={component} className={classes['lane']} data-warning={warning !== undefined}>
                <h3 className={classes['name']} title={description}>
                  {name}
                </h3>
                <div className={classes['track']} style={{ height: lines * LINE_HEIGHT }}>
                  <ul className={classes['items']}>
                    {items.map((item) => (
                      <LaneEntry
                        key={keyOf(item.entry)}
                        {...item}
                        start={scale.begin}
                        top={item.line * LINE_HEIGHT}
                      />
                    ))}
                  </ul>
                  {warning !== undefined && (
                    <p className={classes['warning']} style={{ top: (lines - 1) * LINE_HEIGHT }}>
                      {warning}
                    </p>
                  )}
                </div>
              </li>
            );
          })}
        </ol>
        <div className={classes['axis']} aria-hidden>
          <b>Since start, {axis.unit}</b>
          {ticks(scale, room, axis.write).map(({ moment, left, label, isEnd }) => (
            <span key={moment} style={{ left }} data-end={isEnd}>
              {label}
            </span>
          ))}
        </div>
        <div className={classes['pauses']} aria-hidden>
          {scale.pauses.map(({ from, to, ms }) => (
            <span
              key={from}
              style={{ left: scale.place(from) * room, width: (scale.place(to) - scale.place(from)) * room }}
            >
              <span>{durationText(ms)}</span>
            </span>
          ))}
        </div>
      </Box>
      {scale.pauses.length > 0 && (
        <p className={classes['legend']}>
          A gray stripe is a pause. It is drawn shorter than it was, and says how long it was.
        </p>
      )}
    </>
  );
}

/** In pixels: the least distance between two labels of the axis. */
const TICK_ROOM = 96;

interface Tick {
  readonly moment: number;
  readonly left: number;
  readonly label: string;
  readonly isEnd: boolean;
}

/** As many labels as there is room for. */
function ticks(
  { place, begin, end, moments }: TimeScale,
  room: number,
  write: (ms: number) => string,
): Tick[] {
  const chosen: Tick[] = [];
  for (const moment of moments) {
    const left = place(moment) * room;
    const isEnd = moment === end && moment !== begin;
    const isFree = left - (chosen.at(-1)?.left ?? -TICK_ROOM) >= TICK_ROOM;
    const leavesRoomForEnd = isEnd || room - left >= 2 * TICK_ROOM;
    if (isFree && leavesRoomForEnd) chosen.push({ moment, left, label: write(moment - begin), isEnd });
  }
  return chosen;
}
