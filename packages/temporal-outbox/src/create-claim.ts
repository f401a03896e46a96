import type { QueryExecutorProvider } from 'kysely';
import { claimDueRows, claimOfOtherKeys, FROM_THE_FIRST } from './claim.queries.ts';
import type { ClaimedRow, ClaimOptions } from './claim.queries.ts';

/** In ms; a lost hint costs one poll. */
const POLL = 1_000;
/** In ms. */
const FULL_EVERY = 1_000;
/** After how many times its duration a claim that may be slow is made again. So it takes 5% of the time at most. */
const REST = 20;

export interface Claimed {
  readonly rows: readonly ClaimedRow[];
  /** Whether rows may be left that wait for room of their key. */
  readonly withholds: boolean;
  /** For how many ms there is nothing left to claim, unless something happens. */
  readonly idle: number;
}

/**
 * @returns claims up to so many rows, at the front of the turns or, when that is crowded, of keys that are behind it
 *
 * PostgreSQL keeps the index entries of claimed rows while any snapshot is held that is older, such as a dump's. After
 * 200,000 orders a claim passed over all those entries, in 80 ms. So a claim begins at the first rows that a full claim
 * found, which is made once a second. A row can appear before them, when its transaction was open at the time, and
 * the next full claim finds it. To that end claims begin where the full claim before the last one did: a transaction that is
 * open for less than a second loses no time.
 */
export function createClaim(
  db: QueryExecutorProvider,
  options: Omit<ClaimOptions, 'limit' | 'from'>,
): (limit: number) => Promise<Claimed> {
  const full = createRest(FULL_EVERY);
  let from = FROM_THE_FIRST;
  let next = FROM_THE_FIRST;

  const others = createRest(0);
  let isCrowded = false;
  /** Where it looks for keys. After the last, it begins again, so that each has its turn. */
  let after = '';

  async function claimAtFront(limit: number): Promise<Claimed> {
    const { rows, ...front } = full.isOver()
      ? await full.after(claimAll(limit))
      : await claimDueRows(db, { ...options, limit, from });
    isCrowded = front.isCrowded && rows.length < limit;
    const idle = isCrowded ? others.left() : POLL;
    return { rows, withholds: front.withholds || isCrowded, idle: rows.length === limit ? 0 : idle };
  }

  async function claimAll(limit: number): ReturnType<typeof claimDueRows> {
    const claimed = await claimDueRows(db, { ...options, limit, from: FROM_THE_FIRST });
    [from, next] = [next, claimed.first];
    return claimed;
  }

  async function claimBehind(limit: number): Promise<Claimed> {
    const rows = await others.after(claimOfOtherKeys(db, { ...options, limit, after }));
    const isAll = rows.length === 0 && after === '';
    after = rows.length < limit ? '' : (rows.at(-1)?.fairnessKey ?? '');
    isCrowded = false;
    return { rows, withholds: true, idle: isAll ? POLL : 0 };
  }

  return async (limit) => (isCrowded && others.isOver() ? claimBehind(limit) : claimAtFront(limit));
}

/** A pause after work that may be slow: so many times its duration, and no less than so many ms. */
function createRest(least: number) {
  let until = 0;
  const left = () => Math.max(0, until - performance.now());
  return {
    left,
    isOver: () => left() === 0,
    async after<Result>(work: Promise<Result>): Promise<Result> {
      const beganAt = performance.now();
      try {
        return await work;
      } finally {
        const now = performance.now();
        until = now + Math.max(least, REST * (now - beganAt));
      }
    },
  };
}
