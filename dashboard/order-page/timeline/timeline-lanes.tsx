import type { TimelineReply } from '#contracts/http/orders-api.ts';
import type { LaneWarnings } from '../use-lane-status.ts';
import { durationText, keyOf } from './describe-entry.ts';
import { Item } from './item.tsx';
import { LANES } from './lanes.ts';
import { layOut } from './lay-out.ts';
import type { TimeScale } from './time-scale.ts';
import { useNow } from './use-now.ts';
import classes from './timeline.module.css';

/** In pixels, as in picture.module.css. */
const LABEL = 116;
const LINE = 30;

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
  const { scale, room, placed } = layOut(timeline.entries, { width: width - LABEL, now, currency });
  return (
    <>
      <ol className={classes['lanes']}>
        {LANES.map(({ component, name, is }) => {
          const items = placed.filter(({ entry }) => entry.component === component);
          const warning = warnings.get(component);
          const lines =
            Math.max(1, ...items.map(({ line }) => line + 1)) + (warning && items.length > 0 ? 1 : 0);
          return (
            <li key={component} className={classes['lane']} data-warning={warning !== undefined}>
              <h3 className={classes['name']} title={is}>
                {name}
              </h3>
              <div className={classes['track']} style={{ height: lines * LINE }}>
                <ul className={classes['items']}>
                  {items.map((item) => (
                    <Item key={keyOf(item.entry)} {...item} begin={scale.begin} top={item.line * LINE} />
                  ))}
                </ul>
                {warning !== undefined && (
                  <p className={classes['warning']} style={{ top: (lines - 1) * LINE }}>
                    {warning}
                  </p>
                )}
              </div>
            </li>
          );
        })}
      </ol>
      <div className={classes['axis']} aria-hidden>
        {ticks(scale, room).map(({ moment, left, words, isEnd }) => (
          <span key={moment} style={{ left }} data-end={isEnd}>
            {words}
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
    </>
  );
}

/** In pixels; two labels of the axis are no nearer. */
const TICK_ROOM = 88;

interface Tick {
  readonly moment: number;
  readonly left: number;
  readonly words: string;
  readonly isEnd: boolean;
}

/** In ms for as long as it has at most four digits, since ticks lie close. */
function tickText(ms: number): string {
  return ms < 10_000 ? `${ms} ms` : durationText(ms);
}

/** As many labels as there is room for. After a long pause they count from its end, since milliseconds matter there again. */
function ticks({ place, begin, end, moments, pauses }: TimeScale, room: number): Tick[] {
  const chosen: Tick[] = [];
  for (const moment of moments) {
    const left = place(moment) * room;
    const isEnd = moment === end && moment !== begin;
    const since = pauses.findLast(({ to }) => to <= moment)?.to ?? begin;
    const words =
      since !== begin && moment !== since ? `… +${tickText(moment - since)}` : `+${tickText(moment - begin)}`;
    const isFree = left - (chosen.at(-1)?.left ?? -TICK_ROOM) >= TICK_ROOM;
    const leavesRoomForEnd = isEnd || room - left >= 2 * TICK_ROOM;
    if (isFree && leavesRoomForEnd) chosen.push({ moment, left, words, isEnd });
  }
  return chosen;
}
