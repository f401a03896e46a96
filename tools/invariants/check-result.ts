import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { INVARIANTS } from '#contracts/values/invariants.ts';
import type { InvariantId } from '#contracts/values/invariants.ts';
import type { Kysely } from '#platform/postgres/database.ts';

/** What a check covers. */
interface Check {
  readonly id: InvariantId;
  /** In words, where the check covers a part of the invariant. By default the title of the invariant. */
  readonly title?: string;
  /** Everything that is stored, unless it is only what one load recorded of its own requests. */
  readonly scope?: 'everything' | 'load';
  /** What is counted as checked: accounts, orders. */
  readonly things: string;
}

/** What a check found. */
export interface CheckResult extends Required<Check> {
  readonly checked: number;
  readonly breaches: number;
  /** The first few breaches, each in a sentence. */
  readonly examples: readonly string[];
}

/** A check of nothing proves nothing: that is not the same as an invariant that holds. */
export function outcomeOf({ breaches, checked }: CheckResult): 'broken' | 'holds' | 'not shown' {
  if (breaches > 0) return 'broken';
  return checked > 0 ? 'holds' : 'not shown';
}

const EXAMPLES = 5;

/** Counts what a check finds, when one statement cannot. */
export interface Tally {
  count(checked?: number): void;
  breach(message: string): void;
  result(): CheckResult;
}

export function tally(check: Check): Tally {
  let checked = 0;
  let breaches = 0;
  const examples: string[] = [];
  return {
    count(more = 1) {
      checked += more;
    },
    breach(message) {
      breaches += 1;
      if (examples.length < EXAMPLES) examples.push(message);
    },
    result: () => ({ ...withDefaults(check), checked, breaches, examples }),
  };
}

/**
 * Checks in one statement, so that all of it sees the same moment.
 * @param statements.checked a scalar expression
 * @param statements.breaches a query with one column `message`, a sentence for each breach
 */
export async function findBreaches(
  db: Kysely<unknown>,
  check: Check,
  statements: { readonly checked: RawBuilder<unknown>; readonly breaches: RawBuilder<unknown> },
): Promise<CheckResult> {
  const { rows } = await sql<Pick<CheckResult, 'checked' | 'breaches' | 'examples'>>`
    with breach as materialized (${statements.breaches})
    select (${statements.checked})::int as checked, (select count(*) from breach)::int as breaches,
           array(select message from breach limit ${EXAMPLES}) as examples`.execute(db);
  const [row] = rows;
  if (!row) throw new Error(`The check of ${check.id} returned no row.`);
  return { ...withDefaults(check), ...row };
}

function withDefaults(check: Check): Required<Check> {
  return { title: INVARIANTS[check.id], scope: 'everything', ...check };
}
