import type { Reading, SystemReply } from '#contracts/system-api.ts';
import { showCount, showMilliseconds, showRate, showSeconds } from './figures.ts';
import classes from './system.module.css';

/** The figures that say at a glance whether orders flow. */
export function Flow({ system, latest }: { system: SystemReply; latest: Reading | undefined }) {
  const { flow, outbox, consumerLag, deadLetters } = system;
  const now = latest?.flow;
  const latency = flow?.placedToDecided;
  const figures = [
    ['Placed', showRate(now?.placedPerSecond), 'a second'],
    ['Decided', showRate(now?.decidedPerSecond), 'a second'],
    ['Placed to decided', showMilliseconds(latency?.p50), 'p50, last minute'],
    ['', showMilliseconds(latency?.p95), 'p95'],
    ['', showMilliseconds(latency?.p99), 'p99'],
    ['Undecided', showCount(flow?.undecided), `oldest ${showSeconds(flow?.oldestUndecidedSeconds)}`],
    ['Outbox', showCount(outbox?.pending), `oldest ${showSeconds(outbox?.oldestAgeSeconds)}`],
    ['Consumer lag', showCount(consumerLag), 'events'],
    ['Dead letters', showCount(deadLetters), 'messages'],
  ] as const;
  return (
    <dl className={classes['figures']}>
      {figures.map(([name, figure, unit]) => (
        <div key={name + unit} className={classes['figure']}>
          <dt>{name === '' ? <span className={classes['hidden']}>Placed to decided, {unit}</span> : name}</dt>
          <dd>
            <strong className="number">{figure}</strong>
            <span>{unit}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
