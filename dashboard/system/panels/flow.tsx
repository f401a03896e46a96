import type { Reading, SystemReply } from '#contracts/http/system-api.ts';
import { showCount, showMilliseconds, showRate, showSeconds } from '../figures.ts';
import classes from './flow.module.css';

/** The figures that show at a glance whether orders flow. */
export function Flow({ system, latest }: { system: SystemReply; latest: Reading | undefined }) {
  const { flow, outbox, consumerLag, deadLetters } = system;
  const now = latest?.flow;
  const latency = flow?.placedToDecided;
  const figures = [
    ['Placed', showRate(now?.placedPerSecond), 'a second'],
    ['Decided', showRate(now?.decidedPerSecond), 'a second'],
    [
      'Placed to decided, p50',
      showMilliseconds(latency?.p50),
      `p95 ${showMilliseconds(latency?.p95)}, p99 ${showMilliseconds(latency?.p99)}, last minute`,
    ],
    ['Undecided', showCount(flow?.undecided), `oldest ${showSeconds(flow?.oldestUndecidedSeconds)}`],
    [
      'Outbox',
      showCount(outbox?.pending),
      `oldest ${showSeconds(outbox?.oldestAgeSeconds)}${outbox?.stuck ? `, ${showCount(outbox.stuck)} stuck` : ''}`,
    ],
    ['Consumer lag', showCount(consumerLag), 'events'],
    ['Dead letters', showCount(deadLetters), 'messages'],
  ] as const;
  return (
    <dl className={classes['figures']}>
      {figures.map(([name, figure, unit]) => (
        <div key={name} className={classes['figure']}>
          <dt>{name}</dt>
          <dd>
            <strong className="number">{figure}</strong>
            <span>{unit}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
