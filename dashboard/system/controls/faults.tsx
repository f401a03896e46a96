import { Button, SegmentedControl } from '@mantine/core';
import { CopyPlus, Pause, Play, Skull } from 'lucide-react';
import { useState } from 'react';
import type { BodyOf } from '#contracts/http/route.ts';
import type { StackPart, faultRoute } from '#contracts/http/stack-api.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { explainProblem } from '../../api/explain-problem.ts';
import { useOperatorMutation } from '../use-system.ts';
import panel from '../panels/panel.module.css';
import classes from './controls.module.css';

const PAUSES = ['5', '10', '20', '30'].map((seconds) => ({ value: seconds, label: `${seconds} s` }));
const TWICE = 20;

/** Breaks the parts of the running system. */
export function Faults({ parts }: { parts: readonly StackPart[] }) {
  const [seconds, setSeconds] = useState('10');
  const fault = useOperatorMutation(async (call, body: BodyOf<typeof faultRoute>) =>
    call(ROUTES.fault, { body }),
  );
  const twice = useOperatorMutation(async (call) => call(ROUTES.deliverTwice, { body: { rows: TWICE } }));
  const strike = (part: StackPart['name'], kind: 'kill' | 'pause' | 'resume') =>
    fault.mutate({ part, fault: kind, seconds: Number(seconds) });
  const error = fault.error ?? twice.error;
  return (
    <div className={classes['control']}>
      <h3>Faults</h3>
      <p className={panel['says']}>
        Kill is kill -9: the part is started again at once. A paused part stands still with its connections
        open, as a machine does that hangs, and goes on by itself.
      </p>
      <div className={classes['fields']}>
        <span id="pause-length">Pause for</span>
        <SegmentedControl
          size="xs"
          aria-labelledby="pause-length"
          data={PAUSES}
          value={seconds}
          onChange={setSeconds}
        />
      </div>
      <ul className={classes['targets']} aria-label="Parts to break">
        {parts.map(({ name, state }) => (
          <li key={name}>
            <span>{name}</span>
            {state === 'paused' ? (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<Play size={14} />}
                aria-label={`Let ${name} go on`}
                onClick={() => strike(name, 'resume')}
              >
                Go on
              </Button>
            ) : (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<Pause size={14} />}
                disabled={state !== 'running'}
                aria-label={`Pause ${name} for ${seconds} seconds`}
                onClick={() => strike(name, 'pause')}
              >
                Pause
              </Button>
            )}
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<Skull size={14} />}
              disabled={state === 'stopped'}
              aria-label={`Kill ${name}`}
              onClick={() => strike(name, 'kill')}
            >
              Kill
            </Button>
          </li>
        ))}
      </ul>
      <div className={classes['fields']}>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<CopyPlus size={14} />}
          loading={twice.isPending}
          onClick={() => twice.mutate()}
        >
          Deliver the last {TWICE} twice
        </Button>
        <span className={panel['says']}>
          Started, debited and reported a second time; nothing must come of it.
        </span>
      </div>
      <p className={classes['outcome']} role="status">
        {error && explainProblem(error)}
      </p>
    </div>
  );
}
