import { Popover, UnstyledButton } from '@mantine/core';
import { toneOf } from './describe-entry.ts';
import { explainEntry } from './explain-entry.ts';
import type { PlacedEntry } from './place-entries.ts';
import { RawData } from './raw-data.tsx';
import classes from './timeline.module.css';

/** One entry as a bar with a label. A click opens its raw data. */
export function LaneEntry({
  entry,
  label,
  left,
  width,
  labelBefore,
  top,
  start,
}: PlacedEntry & { top: number; start: number }) {
  return (
    <li>
      <Popover position="bottom-start" width={420} shadow="md" trapFocus returnFocus withArrow>
        <Popover.Target>
          <UnstyledButton
            className={classes['item']}
            title={explainEntry(entry)}
            data-tone={toneOf(entry)}
            data-label={labelBefore ? 'before' : 'after'}
            style={{ left, top, '--bar': `${width}px` }}
          >
            <span className={classes['bar']} />
            <span className={classes['label']}>{label}</span>
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown>
          <RawData entry={entry} start={start} />
        </Popover.Dropdown>
      </Popover>
    </li>
  );
}
