import { Popover, UnstyledButton } from '@mantine/core';
import { toneOf } from './describe-entry.ts';
import type { Placed } from './lay-out.ts';
import { RawData } from './raw-data.tsx';
import classes from './timeline.module.css';

/** One thing that happened, as a bar with words; chosen, it opens its raw data. */
export function Item({
  entry,
  words,
  left,
  width,
  wordsBefore,
  top,
  begin,
}: Placed & { top: number; begin: number }) {
  return (
    <li>
      <Popover position="bottom-start" width={420} shadow="md" trapFocus returnFocus withArrow>
        <Popover.Target>
          <UnstyledButton
            className={classes['item']}
            data-tone={toneOf(entry)}
            data-words={wordsBefore ? 'before' : 'after'}
            style={{ left, top, '--bar': `${width}px` }}
          >
            <span className={classes['bar']} />
            <span className={classes['words']}>{words}</span>
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown>
          <RawData entry={entry} begin={begin} />
        </Popover.Dropdown>
      </Popover>
    </li>
  );
}
