import type { Invariant, InvariantState } from '#contracts/http/system-api.ts';
import { AUDITED_INVARIANTS, INVARIANTS } from '#contracts/values/invariants.ts';
import type { AuditedInvariantId } from '#contracts/values/invariants.ts';

/** What is known of one invariant. */
interface Score {
  checked: number;
  checkedAt: Date | undefined;
}

/** What was looked at for each invariant, and when. */
export interface Scores {
  add(invariant: AuditedInvariantId, checked: number): void;
  report(found: (invariant: AuditedInvariantId) => Found): Invariant[];
}

export interface Found {
  readonly breaches: readonly string[];
  /** Breaches that are excused. */
  readonly waiting: readonly string[];
  readonly fullPassAt: Date | undefined;
}

/** How long a look is good for, in ms: longer than a part may be paused from the dashboard. */
const GOOD_FOR = 60_000;
const EXAMPLES = 5;

export function createScores(): Scores {
  const scores = new Map<AuditedInvariantId, Score>(
    AUDITED_INVARIANTS.map((id) => [id, { checked: 0, checkedAt: undefined }]),
  );
  return {
    add(invariant, checked) {
      const score = scores.get(invariant);
      scores.set(invariant, { checked: (score?.checked ?? 0) + checked, checkedAt: new Date() });
    },
    report: (found) =>
      [...scores].map(([id, { checked, checkedAt }]) => {
        const { breaches, waiting, fullPassAt } = found(id);
        const state: InvariantState =
          breaches.length > 0
            ? 'violated'
            : isStale(checkedAt)
              ? 'unknown'
              : waiting.length > 0
                ? 'waiting'
                : 'ok';
        return {
          id,
          title: INVARIANTS[id],
          state,
          checked,
          checkedAt: checkedAt?.toISOString() ?? null,
          fullPassAt: fullPassAt?.toISOString() ?? null,
          breaches: breaches.length,
          examples: [...breaches, ...waiting].slice(0, EXAMPLES),
        };
      }),
  };
}

function isStale(checkedAt: Date | undefined): boolean {
  return checkedAt === undefined || Date.now() - checkedAt.getTime() > GOOD_FOR;
}
