import { Button, TextInput } from '@mantine/core';
import { Play, Square } from 'lucide-react';
import { useState } from 'react';
import type { StackLoad } from '#contracts/http/stack-api.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { STACK_BOUNDS } from '#contracts/values/stack-bounds.ts';
import { explainProblem } from '../../api/explain-problem.ts';
import { showCount } from '../figures.ts';
import { useOperatorMutation } from '../use-system.ts';
import panel from '../panels/panel.module.css';
import classes from './controls.module.css';

/** Places orders of new customers at an even rate. */
export function LoadForm({ load }: { load: StackLoad | null }) {
  const [rate, setRate] = useState('10');
  const [seconds, setSeconds] = useState('60');
  const start = useOperatorMutation(async (call, body: { ratePerSecond: number; seconds: number }) =>
    call(ROUTES.startLoad, { body }),
  );
  const stop = useOperatorMutation(async (call) => call(ROUTES.stopLoad, {}));
  const running = load?.running ?? false;
  return (
    <form
      className={classes['control']}
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate({ ratePerSecond: Number(rate), seconds: Number(seconds) });
      }}
    >
      <h3>Load</h3>
      <p className={panel['description']}>
        Orders of twenty new customers. Some exceed the balance, some are sent twice, a few are cancelled.
      </p>
      <div className={classes['fields']}>
        <TextInput
          label="Orders/s"
          type="number"
          required
          withAsterisk={false}
          min={1}
          max={STACK_BOUNDS.loadRate}
          value={rate}
          onChange={(event) => setRate(event.currentTarget.value)}
        />
        <TextInput
          label="Seconds"
          type="number"
          required
          withAsterisk={false}
          min={1}
          max={STACK_BOUNDS.loadSeconds}
          value={seconds}
          onChange={(event) => setSeconds(event.currentTarget.value)}
        />
        {running ? (
          <Button
            color="red"
            leftSection={<Square size={14} />}
            loading={stop.isPending}
            onClick={() => stop.mutate()}
          >
            Stop
          </Button>
        ) : (
          <Button type="submit" leftSection={<Play size={14} />} loading={start.isPending}>
            Start
          </Button>
        )}
      </div>
      <p className={classes['outcome']} role="status">
        {(start.isError ? `${explainProblem(start.error)} ` : '') +
          (load
            ? `${running ? 'Placing' : 'Placed'}: ${showCount(load.acknowledged)} acknowledged, ${showCount(load.refused)} refused, ${showCount(load.unanswered)} unanswered, ${showCount(load.repeats)} repeated`
            : '')}
      </p>
    </form>
  );
}
