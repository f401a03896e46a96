import type { StackPart } from '#contracts/http/stack-api.ts';
import type { SystemReply } from '#contracts/http/system-api.ts';
import { Time } from '../../shell/time.tsx';
import { Panel, State } from './panel.tsx';
import panel from './panel.module.css';
import classes from './processes.module.css';

type Process = SystemReply['processes'][string];

/** Every process with its roles. Where npm start runs them, also the infrastructure. */
export function Processes({
  processes,
  parts,
}: {
  processes: SystemReply['processes'];
  parts: readonly StackPart[] | undefined;
}) {
  const known =
    parts ?? Object.keys(processes).map((name) => ({ name, state: 'running', pausedUntil: null }));
  return (
    <Panel title="Processes">
      <ul className={classes['cards']} aria-label="Processes">
        {known.map((part) => (
          <li key={part.name} className={classes['card']}>
            <div className={classes['cardHead']}>
              <b>{part.name}</b>
              <ProcessState part={part} process={processes[part.name]} />
            </div>
            {part.pausedUntil !== null && (
              <p className={panel['description']}>
                resumes at <Time at={part.pausedUntil} />
              </p>
            )}
            <Roles process={processes[part.name]} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function ProcessState({
  part,
  process,
}: {
  part: Pick<StackPart, 'state'> | { state: string };
  process: Process | undefined;
}) {
  if (part.state === 'paused') return <State level="wait">paused</State>;
  if (part.state === 'stopped') return <State level="bad">restarting</State>;
  if (process && !process.ready) return <State level="bad">not ready</State>;
  return <State level="good">{process ? 'ready' : 'running'}</State>;
}

function Roles({ process }: { process: Process | undefined }) {
  if (!process) return null;
  return (
    <ul className={classes['roles']}>
      {Object.entries(process.roles).map(([name, { ready, reason, warning }]) => (
        <li key={name} data-ready={ready} data-warning={warning !== undefined}>
          {name}
          {!ready && <span>{reason === undefined ? ' is not ready' : `: ${reason}`}</span>}
          {warning !== undefined && <span>: {warning}</span>}
        </li>
      ))}
    </ul>
  );
}
