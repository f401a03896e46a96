import type { StackEvent, StackState } from '#contracts/http/stack-api.ts';
import { Time } from '../../shell/time.tsx';
import { Panel } from '../panels/panel.tsx';
import { Faults } from './faults.tsx';
import { LoadForm } from './load-form.tsx';
import classes from './controls.module.css';

/** How many events are shown. */
const SHOWN = 12;

/** Load and faults, where npm start runs the system; and what came of them. */
export function Controls({ stack }: { stack: StackState }) {
  return (
    <Panel
      title="Try it"
      says="Put it under load, break a part, and watch it recover. Only npm start has these controls."
    >
      <div className={classes['controls']}>
        <LoadForm load={stack.load} />
        <Faults parts={stack.parts} />
        <Events events={stack.events} />
      </div>
    </Panel>
  );
}

function Events({ events }: { events: readonly StackEvent[] }) {
  return (
    <div className={classes['control']}>
      <h3>What happened</h3>
      <ol className={classes['events']} aria-label="What happened">
        {events.length === 0 && <li>Nothing yet.</li>}
        {events
          .slice(-SHOWN)
          .toReversed()
          .map(({ at, kind, text }) => (
            <li key={at + text} data-kind={kind}>
              <Time at={at} />
              <span>{text}</span>
            </li>
          ))}
      </ol>
    </div>
  );
}
