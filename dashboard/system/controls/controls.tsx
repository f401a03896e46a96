import type { StackEvent, StackState } from '#contracts/http/stack-api.ts';
import { Time } from '../../shell/time.tsx';
import { Panel } from '../panels/panel.tsx';
import { Faults } from './faults.tsx';
import { LoadForm } from './load-form.tsx';
import classes from './controls.module.css';

const MAX_EVENTS = 12;

/** Load and faults, where npm start runs the system, and their events. */
export function Controls({ stack }: { stack: StackState }) {
  return (
    <Panel
      title="Try it"
      description="Put the system under load, break a component, and watch it recover. Only npm start has these controls."
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
      <h3>Events</h3>
      <ol className={classes['events']} aria-label="Events">
        {events.length === 0 && <li>Nothing yet.</li>}
        {events
          .slice(-MAX_EVENTS)
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
