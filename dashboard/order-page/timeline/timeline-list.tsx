import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import type { TimelineReply } from '#contracts/http/orders-api.ts';
import type { TimelineEntry } from '#contracts/values/timeline.ts';
import type { LaneWarnings } from '../use-lane-status.ts';
import { describeEntry, durationText, keyOf, toneOf } from './describe-entry.ts';
import { laneName } from './lanes.ts';
import { RawData } from './raw-data.tsx';
import classes from './timeline.module.css';

/** The timeline as a list from top to bottom, for a narrow screen. */
export function TimelineList({
  timeline,
  warnings,
  currency,
}: {
  timeline: TimelineReply;
  warnings: LaneWarnings;
  currency: string;
}) {
  const start = Date.parse(timeline.entries[0]?.at ?? '');
  return (
    <>
      {[...warnings].map(([component, warning]) => (
        <p key={component} className={classes['listWarning']}>
          {laneName(component)}: {warning}
        </p>
      ))}
      <ol className={classes['list']}>
        {timeline.entries.map((entry) => (
          <ListEntry key={keyOf(entry)} entry={entry} start={start} currency={currency} />
        ))}
      </ol>
    </>
  );
}

function ListEntry({ entry, start, currency }: { entry: TimelineEntry; start: number; currency: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const { at, until } = entry;
  const took = until ? Date.parse(until) - Date.parse(at) : 0;
  return (
    <li>
      <UnstyledButton
        className={classes['listEntry']}
        data-tone={toneOf(entry)}
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <span className={classes['when']}>+{durationText(Date.parse(at) - start)}</span>
        <span className={classes['dot']} />
        <span>
          <strong>{laneName(entry.component)}</strong>{' '}
          <span>
            {describeEntry(entry, currency) +
              (took > 0 ? `, ${durationText(took)}` : '') +
              (until === null ? ', still running' : '')}
          </span>
        </span>
      </UnstyledButton>
      {isOpen && <RawData entry={entry} start={start} />}
    </li>
  );
}
