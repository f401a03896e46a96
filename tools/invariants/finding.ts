import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';

export type InvariantId =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | 'I10'
  | 'I11'
  | 'I12';

/** What a check found. */
export interface Finding {
  readonly id: InvariantId;
  /** The invariant in words. */
  readonly says: string;
  /** How many things were looked at, and what they are. */
  readonly lookedAt: number;
  readonly things: string;
  readonly breaches: number;
  /** The first few breaches, each in a sentence. */
  readonly examples: readonly string[];
}

/** A check that looked at nothing has shown nothing, which is not the same as that the invariant holds. */
export function verdictOf({ breaches, lookedAt }: Finding): 'broken' | 'holds' | 'not shown' {
  if (breaches > 0) return 'broken';
  return lookedAt > 0 ? 'holds' : 'not shown';
}

const EXAMPLES = 5;

/** Gathers what a check looks at, when that is more than one statement can. */
export interface Tally {
  look(things?: number): void;
  breach(what: string): void;
  finding(): Finding;
}

export function tally(about: Pick<Finding, 'id' | 'says' | 'things'>): Tally {
  let lookedAt = 0;
  let breaches = 0;
  const examples: string[] = [];
  return {
    look(things = 1) {
      lookedAt += things;
    },
    breach(what) {
      breaches += 1;
      if (examples.length < EXAMPLES) examples.push(what);
    },
    finding: () => ({ ...about, lookedAt, breaches, examples }),
  };
}

/**
 * A check in one statement, so that all of it sees the same moment.
 * @param check.lookedAt a scalar expression
 * @param check.breaches a query with one column `what`, a sentence a breach
 */
export async function findBreaches(
  db: Kysely<unknown>,
  check: Pick<Finding, 'id' | 'says' | 'things'> & {
    lookedAt: RawBuilder<unknown>;
    breaches: RawBuilder<unknown>;
  },
): Promise<Finding> {
  const { lookedAt, breaches, ...about } = check;
  const { rows } = await sql<Pick<Finding, 'lookedAt' | 'breaches' | 'examples'>>`
    with breach as materialized (${breaches})
    select (${lookedAt})::int as looked_at, (select count(*) from breach)::int as breaches,
           array(select what from breach limit ${EXAMPLES}) as examples`.execute(db);
  const [row] = rows;
  if (!row) throw new Error(`${check.id} found nothing, not even zero`);
  return { ...about, ...row };
}
