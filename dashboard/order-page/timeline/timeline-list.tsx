import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import type { TimelineReply } from '#contracts/http/orders-api.ts';
import type { TimelineEntry } from '#contracts/values/timeline.ts';
import type { LaneWarnings } from '../use-lane-status.ts';
import { describeEntry, durationText, keyOf, toneOf } from './describe-entry.ts';
import { laneName } from './lanes.ts';
import { RawData } from './raw-data.tsx';
import classes from './timeline.module.css';

/** The same as the picture, one below the other, for a narrow screen. */
export function TimelineList({
  timeline,
  warnings,
  currency,
}: {
  timeline: TimelineReply;
  warnings: LaneWarnings;
  currency: string;
}) {
  const begin = Date.parse(timeline.entries[0]?.at ?? '');
  return (
    <>
      {[...warnings].map(([component, warning]) => (
        <p key={component} className={classes['listWarning']}>
          {laneName(component)}: {warning}
        </p>
      ))}
      <ol className={classes['story']}>
        {timeline.entries.map((entry) => (
          <Chapter key={keyOf(entry)} entry={entry} begin={begin} currency={currency} />
        ))}
      </ol>
    </>
  );
}

function Chapter({ entry, begin, currency }: { entry: TimelineEntry; begin: number; currency: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const { at, until } = entry;
  const took = until ? Date.parse(until) - Date.parse(at) : 0;
  return (
    <li>
      <UnstyledButton
        className={classes['chapter']}
        data-tone={toneOf(entry)}
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <span className={classes['when']}>+{durationText(Date.parse(at) - begin)}</span>
        <span className={classes['dot']} />
        <span>
          <strong>{laneName(entry.component)}</strong> {describeEntry(entry, currency)}
          {took > 0 && `, ${durationText(took)}`}
          {until === null && ', goes on'}
        </span>
      </UnstyledButton>
      {isOpen && <RawData entry={entry} begin={begin} />}
    </li>
  );
}
