import type { QueryExecutorProvider } from 'kysely';
import type { AuditedInvariantId } from '#contracts/values/invariants.ts';
import { findUncancelled, findUndecided, findUndispatched } from './orders.queries.ts';
import type { Waiting } from './orders.queries.ts';

/** How late something is that an invariant wants to come about. */
export interface Lateness {
  readonly invariant: AuditedInvariantId;
  readonly checked: number;
  /** Those that are late, the latest first, each with for how long it has waited, in s. */
  readonly late: readonly { readonly seconds: number; readonly says: string }[];
}

/** In s: what waits for longer is late, though perhaps excused. */
const LATE = 60;
/** How many are counted. */
const MOST = 1_000;

/** I7: what is undecided or not cancelled for too long. */
export async function checkDecided(orders: QueryExecutorProvider): Promise<Lateness> {
  const undecided = await findUndecided(orders, LATE, MOST);
  const uncancelled = await findUncancelled(orders, LATE, MOST);
  const toLate = (what: string, rows: readonly Waiting[]) =>
    rows.map(({ orderId, age }) => ({
      seconds: age,
      says: `Order ${orderId} ${what} for ${Math.round(age)} s.`,
    }));
  const late = [...toLate('is undecided', undecided), ...toLate('waits for its cancel', uncancelled)];
  return { invariant: 'I7', checked: 1, late };
}

/**
 * I10: outbox rows that stay undispatched. By when this process saw them first: a row that is sent again was written long
 * before, and one that is claimed is due later.
 * @param now in ms
 */
export function watchOutbox(orders: QueryExecutorProvider, now: () => number) {
  let since = new Map<bigint, number>();
  return async (): Promise<Lateness> => {
    const rows = await findUndispatched(orders, MOST);
    const at = now();
    since = new Map(rows.map(({ outboxId }) => [outboxId, since.get(outboxId) ?? at]));
    const late = rows
      .map(({ outboxId, orderId, attempts }) => {
        const seconds = (at - (since.get(outboxId) ?? at)) / 1000;
        const says = `The row of order ${orderId} waits for ${Math.round(seconds)} s, after ${attempts} failed attempts.`;
        return { seconds, says };
      })
      .filter(({ seconds }) => seconds > LATE)
      .toSorted((a, b) => b.seconds - a.seconds);
    return { invariant: 'I10', checked: 1, late };
  };
}
