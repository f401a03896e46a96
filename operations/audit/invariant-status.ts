import type { Invariant, InvariantState } from '#contracts/http/system-api.ts';
import { INVARIANTS } from '#contracts/values/invariants.ts';
import type { AuditedInvariantId } from '#contracts/values/invariants.ts';
import type { CheckResult } from './check.ts';

/** For how long a result is valid, in ms: longer than the dashboard can pause a part. */
const VALID_FOR = 60_000;
const EXAMPLES = 5;

/** The status of one invariant, from the results of the checks that cover it. */
export function toInvariantStatus(id: AuditedInvariantId, results: readonly CheckResult[]): Invariant {
  const breaches = results.flatMap((result) => result.breaches);
  const waiting = results.flatMap((result) => result.waiting);
  const checkedAt = results
    .flatMap((result) => result.checkedAt ?? [])
    .toSorted(byTime)
    .at(-1);
  return {
    id,
    title: INVARIANTS[id],
    state: stateOf(breaches, waiting, checkedAt),
    checked: results.reduce((sum, { checked }) => sum + checked, 0),
    checkedAt: checkedAt?.toISOString() ?? null,
    fullPassAt: firstFullPass(results)?.toISOString() ?? null,
    breaches: breaches.length,
    examples: [...breaches, ...waiting].slice(0, EXAMPLES),
  };
}

function stateOf(
  breaches: readonly string[],
  waiting: readonly string[],
  checkedAt: Date | undefined,
): InvariantState {
  if (breaches.length > 0) return 'violated';
  if (!checkedAt || Date.now() - checkedAt.getTime() > VALID_FOR) return 'unknown';
  return waiting.length > 0 ? 'waiting' : 'ok';
}

/** Undefined unless every scan has come to its end. */
function firstFullPass(results: readonly CheckResult[]): Date | undefined {
  const passes = results.flatMap(({ fullPassAt }) => fullPassAt ?? []);
  return passes.length === results.length ? passes.toSorted(byTime)[0] : undefined;
}

function byTime(a: Date, b: Date): number {
  return a.getTime() - b.getTime();
}
