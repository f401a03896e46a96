import type { Invariant } from '#contracts/http/system-api.ts';
import { Time } from '../../shell/time.tsx';
import { showCount } from '../figures.ts';
import { Panel, State } from './panel.tsx';
import classes from './invariants.module.css';

const WORDS = {
  ok: { word: 'Holds', mood: 'good' },
  waiting: { word: 'Late', mood: 'wait' },
  violated: { word: 'Violated', mood: 'bad' },
  unknown: { word: 'Not known', mood: 'calm' },
} as const;

/** What must always be true, as the audit last found it. */
export function Invariants({ invariants }: { invariants: readonly Invariant[] }) {
  return (
    <Panel
      title="Invariants"
      says="Checked without end: every few seconds what is new and a further piece of all there is. I8, I9 and I12 are about requests and replies, which leave nothing to look at afterwards: the tests hold those."
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
  const { word, mood } = WORDS[state];
  return (
    <li className={classes['invariant']} data-state={state}>
      <State mood={mood}>{word}</State>
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
          'not looked at yet'
        ) : (
          <>
            <span className="number">{showCount(checked)}</span> {checked === 1 ? 'look' : 'looks'} ·{' '}
            <Time at={checkedAt} />
          </>
        )}
        {fullPassAt !== null && (
          <>
            <br />
            all of it <Time at={fullPassAt} />
          </>
        )}
      </p>
    </li>
  );
}
