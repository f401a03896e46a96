import { Button, SegmentedControl } from '@mantine/core';
import { CopyPlus, Pause, Play, Skull } from 'lucide-react';
import { useState } from 'react';
import type { BodyOf } from '#contracts/http/route-contract.ts';
import type { StackPart, faultRoute } from '#contracts/http/stack-api.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { explainProblem } from '../../api/explain-problem.ts';
import { useOperatorMutation } from '../use-system.ts';
import panel from '../panels/panel.module.css';
import classes from './controls.module.css';

const PAUSES = ['5', '10', '20', '30'].map((seconds) => ({ value: seconds, label: `${seconds} s` }));
const ROWS = 20;

/** Injects faults into the components of the running system. */
export function Faults({ parts }: { parts: readonly StackPart[] }) {
  const [seconds, setSeconds] = useState('10');
  const fault = useOperatorMutation(async (call, body: BodyOf<typeof faultRoute>) =>
    call(ROUTES.fault, { body }),
  );
  const twice = useOperatorMutation(async (call) => call(ROUTES.deliverTwice, { body: { rows: ROWS } }));
  const injectFault = (part: StackPart['name'], kind: 'kill' | 'pause' | 'resume') =>
    fault.mutate({ part, fault: kind, seconds: Number(seconds) });
  const error = fault.error ?? twice.error;
  return (
    <div className={classes['control']}>
      <h3>Faults</h3>
      <p className={panel['description']}>
        Kill is kill -9: the component is restarted at once. A paused component stops with its connections
        open, like a machine that hangs, and resumes after the pause.
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
      <ul className={classes['targets']} aria-label="Components">
        {parts.map(({ name, state }) => (
          <li key={name}>
            <span>{name}</span>
            {state === 'paused' ? (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<Play size={14} />}
                aria-label={`Resume ${name}`}
                onClick={() => injectFault(name, 'resume')}
              >
                Resume
              </Button>
            ) : (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<Pause size={14} />}
                disabled={state !== 'running'}
                aria-label={`Pause ${name} for ${seconds} seconds`}
                onClick={() => injectFault(name, 'pause')}
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
              onClick={() => injectFault(name, 'kill')}
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
          Deliver the last {ROWS} twice
        </Button>
        <span className={panel['description']}>
          They are started, debited and reported a second time, which must change nothing.
        </span>
      </div>
      <p className={classes['outcome']} role="status">
        {error && explainProblem(error)}
      </p>
    </div>
  );
}
