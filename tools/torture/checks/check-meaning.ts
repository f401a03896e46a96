import type { FaultClass } from '../fault-classes.ts';
import type { Injection } from '../inject-faults.ts';
import type { RecordedRequest } from '../load/record-submissions.ts';
import type { Ends } from './pending.queries.ts';

/** The least share of orders with each outcome, and of requests outside faults that are answered. */
const SHARES = { paid: 0.05, failed: 0.05, refunded: 0.05, cancelled: 0.01, expired: 0.01 } as const;
const ANSWERED = 0.9;

/** How long the system may take to finish all pending work after a fault; in ms. */
export const RECOVERED_WITHIN = 120_000;

/** The longest time under load without the start of a fault, for classes that inject faults at an interval; in ms. */
const QUIET = 10_000;

/**
 * The share of answered requests among those that met no fault. A client that submits twice at the same time is told to
 * retry; this is no failure if it gets an answer in the end.
 */
export function shareAnswered(
  requests: readonly RecordedRequest[],
  injections: readonly Injection[],
): number {
  const isAnswer = ({ end }: RecordedRequest) => end === 'ok' || end === 'fail';
  const answered = new Set(requests.filter(isAnswer).map(({ key }) => key));
  const calm = requests.filter(
    (request) =>
      !(request.end === 'busy' && answered.has(request.key)) &&
      !injections.some(({ from, to }) => request.from < to && request.to > from),
  );
  return calm.length === 0 ? 0 : calm.filter(isAnswer).length / calm.length;
}

/** The longest time between the starts of two faults, or from the last start to the end of the load; in ms. */
function longestQuiet(injections: readonly Injection[], loadOver: number): number {
  const begins = injections.map(({ from }) => from).toSorted((a, b) => a - b);
  return Math.max(...begins.map((from, index) => (begins[index + 1] ?? loadOver) - from));
}

/**
 * A run whose faults harmed nothing proves nothing. Neither does one with too few orders of each outcome.
 * @param run.loadOver in ms since 1970
 * @returns what was missing, each in a sentence
 */
export function checkMeaning(
  { faults, every }: FaultClass,
  run: { injections: readonly Injection[]; ends: Ends; answered: number; loadOver: number },
): string[] {
  const { injections, ends, answered, loadOver } = run;
  const hits = new Set(injections.filter(({ hit }) => hit).map(({ fault }) => fault));
  const missed = faults.filter(({ name }) => !hits.has(name)).map(({ name }) => `never happened: ${name}`);
  const total = Object.values(ends).reduce((sum, count: number) => sum + count, 0);
  const rare = (['paid', 'failed', 'refunded', 'cancelled', 'expired'] as const)
    .filter((end) => ends[end] < SHARES[end] * total)
    .map((end) => `only ${ends[end]} of ${total} orders ended as ${end}`);
  const quiet = every === undefined ? 0 : longestQuiet(injections, loadOver);
  return [
    ...missed,
    ...rare,
    ...(quiet > QUIET ? [`no fault began for ${(quiet / 1000).toFixed(1)} s`] : []),
    ...(answered < ANSWERED
      ? [`only ${(answered * 100).toFixed(1)}% of the requests outside faults were answered`]
      : []),
  ];
}

/**
 * In classes where faults come one after the other, each recovery has a time limit. Where faults overlap, a recovery also
 * depends on the other faults, so only the rest at the end of the run shows that all of them were recovered from.
 */
export function checkRecoveries({ every, hasty }: FaultClass, injections: readonly Injection[]): string[] {
  if (every !== undefined || hasty) return [];
  return injections
    .filter(({ recovery = 0 }) => recovery >= RECOVERED_WITHIN)
    .map(({ fault }) => `not recovered from within ${RECOVERED_WITHIN / 1000} s: ${fault}`);
}

/** A service must survive every fault of another part. It may end itself only when it cannot recover otherwise. */
export function checkEnds(endedByThemselves: readonly string[]): string[] {
  return endedByThemselves.map((name) => `ended by itself, and was started again: ${name}`);
}
