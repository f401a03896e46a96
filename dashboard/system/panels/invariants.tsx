import type { Invariant } from '#contracts/http/system-api.ts';
import { Time } from '../../shell/time.tsx';
import { showCount } from '../figures.ts';
import { Panel, State } from './panel.tsx';
import classes from './invariants.module.css';

const WORDS = {
  ok: { word: 'Holds', level: 'good' },
  waiting: { word: 'Late', level: 'wait' },
  violated: { word: 'Violated', level: 'bad' },
  unknown: { word: 'Unknown', level: 'calm' },
} as const;

/** A check of nothing proves nothing. The demo's table has the same words. */
const NOT_SHOWN = { word: 'Not shown', level: 'calm' } as const;

/** What must always be true, with the last result of the audit. */
export function Invariants({ invariants }: { invariants: readonly Invariant[] }) {
  return (
    <Panel
      title="Invariants"
      name="invariants"
      description="Checked continuously: every few seconds the newest rows and the next page of a full pass. The checks are counted since the process started, and a row is checked many times. I8, I9 and I12 are about requests and replies, which leave no data to check afterwards. The tests check those."
    >
      <ul className={classes['invariants']} aria-label="Invariants">
        {invariants.map((invariant) => (
          <Row key={invariant.id} {...invariant} />
        ))}
      </ul>
    </Panel>
  );
}

function Row({ id, title, state, checked, checkedAt, fullPassAt, breaches, examples }: Invariant) {
  const isEmpty = checked === 0 && checkedAt !== null;
  const { word, level } = isEmpty && state === 'ok' ? NOT_SHOWN : WORDS[state];
  return (
    <li className={classes['invariant']} data-state={state}>
      <State level={level}>{word}</State>
      <div>
        <p className={classes['invariantTitle']}>
          <b>{id}</b> {title}
        </p>
        {examples.length > 0 && (
          <ul className={classes['examples']}>
            {examples.map((example) => (
              <li key={example}>{example}</li>
            ))}
          </ul>
        )}
      </div>
      <p className={classes['checked']}>
        {breaches > 0 && <b>{showCount(breaches)} breaches · </b>}
        {checkedAt === null ? (
          'not checked yet'
        ) : (
          <>
            {isEmpty ? (
              'nothing to check'
            ) : (
              <>
                <span className="number">{showCount(checked)}</span> {checked === 1 ? 'check' : 'checks'}
              </>
            )}{' '}
            · <Time at={checkedAt} />
          </>
        )}
        {fullPassAt !== null && (
          <>
            <br />
            full pass <Time at={fullPassAt} />
          </>
        )}
      </p>
    </li>
  );
}
