import { SegmentedControl, useComputedColorScheme } from '@mantine/core';
import { useState } from 'react';
import type { StackEvent } from '#contracts/http/stack-api.ts';
import type { Reading } from '#contracts/http/system-api.ts';
import { EmptyState } from '../../shell/states.tsx';
import { showCount, showMilliseconds, showRate, showSeconds } from '../figures.ts';
import { Panel } from '../panels/panel.tsx';
import { Chart } from './chart.tsx';
import type { Line } from './chart.tsx';
import classes from './charts.module.css';

const THROUGHPUT: Line[] = [
  { name: 'placed', color: '--line-1', value: ({ flow }) => flow?.placedPerSecond },
  { name: 'decided', color: '--line-2', value: ({ flow }) => flow?.decidedPerSecond },
];
const LATENCY: Line[] = [
  { name: 'p50', color: '--line-1', value: ({ flow }) => flow?.placedToDecided?.p50 },
  { name: 'p95', color: '--line-2', value: ({ flow }) => flow?.placedToDecided?.p95 },
  { name: 'p99', color: '--line-3', value: ({ flow }) => flow?.placedToDecided?.p99 },
];
const BACKLOG: Line[] = [
  { name: 'undecided', color: '--line-1', value: ({ flow }) => flow?.undecided },
  { name: 'outbox', color: '--line-2', value: ({ outboxPending }) => outboxPending },
  { name: 'consumer lag', color: '--line-3', value: ({ consumerLag }) => consumerLag },
];
const AGE: Line[] = [
  { name: 'order', color: '--line-1', value: ({ flow }) => flow?.oldestUndecidedSeconds },
  { name: 'outbox row', color: '--line-2', value: ({ outboxOldestAgeSeconds }) => outboxOldestAgeSeconds },
];

const SPANS = [
  { value: '180', label: '3 min' },
  { value: '900', label: '15 min' },
];

/** The last minutes of the system, with a mark for each event. */
export function Charts({
  readings,
  failed,
  events,
}: {
  readings: readonly Reading[];
  /** Whether reading them failed. */
  failed: boolean;
  events: readonly StackEvent[];
}) {
  const [span, setSpan] = useState('180');
  // A chart reads its colors when it is created.
  const scheme = useComputedColorScheme('light');
  const tools = (
    <SegmentedControl size="xs" aria-label="Time span" data={SPANS} value={span} onChange={setSpan} />
  );
  const common = { readings, events, span: Number(span) };
  return (
    <Panel
      title="Over time"
      description="The process workflows takes the readings. While it is away there are none, whatever is placed then: a longer outage is a gap in the lines."
      tools={tools}
    >
      {readings.length === 0 ? (
        <EmptyState title={failed ? 'Unknown' : 'No readings yet'}>
          {failed ? 'The readings cannot be read right now.' : 'The first one arrives within seconds.'}
        </EmptyState>
      ) : (
        <div key={scheme} className={classes['charts']}>
          <Chart {...common} title="Orders a second" lines={THROUGHPUT} show={showRate} />
          <Chart {...common} title="Placed to decided" lines={LATENCY} show={showMilliseconds} />
          <Chart {...common} title="Waiting" lines={BACKLOG} show={showCount} />
          <Chart {...common} title="Oldest waiting" lines={AGE} show={showSeconds} />
        </div>
      )}
    </Panel>
  );
}
