import type { Invariant } from '#contracts/http/system-api.ts';

/** What the audit found since a moment. */
export interface AuditSince {
  readonly invariants: number;
  /** How many of them it has looked at. */
  readonly looked: number;
  readonly hold: number;
  /** For so many there was nothing to check, which is no proof. */
  readonly empty: number;
  /** The ids of those that do not hold, or are late. */
  readonly broken: readonly string[];
  readonly late: readonly string[];
  /** Whether it has looked at nothing for so long that its process may be away. */
  readonly isOverdue: boolean;
  /** Whether it has looked at all of them, and found nothing wrong. */
  readonly isDone: boolean;
}

/** In ms. While all is well the audit comes more often than that. */
const OVERDUE = 60_000;

/** @param since in ms since the epoch, as is `now` */
export function auditSince(invariants: readonly Invariant[], since: number, now: number): AuditSince {
  const looked = invariants.filter(
    ({ state, checkedAt }) => state !== 'unknown' && checkedAt !== null && Date.parse(checkedAt) > since,
  );
  const ok = looked.filter(({ state }) => state === 'ok');
  const empty = ok.filter(({ checked }) => checked === 0).length;
  const idsOf = (wanted: Invariant['state']) =>
    looked.filter(({ state }) => state === wanted).map(({ id }) => id);
  return {
    invariants: invariants.length,
    looked: looked.length,
    hold: ok.length - empty,
    empty,
    broken: idsOf('violated'),
    late: idsOf('waiting'),
    isOverdue: looked.length === 0 && now - since > OVERDUE,
    isDone: invariants.length > 0 && ok.length === invariants.length,
  };
}
