import type { FaultClass } from './fault-classes.ts';
import type { Ends } from './pending.queries.ts';
import type { RecordedRequest } from './record-history.ts';
import type { Strike } from './strike-faults.ts';

/** Of all orders, at least so many must be paid, failed and refunded, each; of requests outside faults, answered. */
const SHARE = 0.05;
const ANSWERED = 0.9;

/** The share of requests that were answered, of those that met no fault. */
export function shareAnswered(requests: readonly RecordedRequest[], strikes: readonly Strike[]): number {
  const calm = requests.filter(
    (request) => !strikes.some(({ from, to }) => request.from < to && request.to > from),
  );
  return calm.length === 0 ? 0 : calm.filter(({ end }) => end !== 'unknown').length / calm.length;
}

/** A run that harmed nothing, or did nothing, shows nothing. @returns what was missing, each in a sentence */
export function checkMeaning(
  { faults }: FaultClass,
  { strikes, ends, answered }: { strikes: readonly Strike[]; ends: Ends; answered: number },
): string[] {
  const hits = new Set(strikes.filter(({ hit }) => hit).map(({ fault }) => fault));
  const missed = faults.filter(({ name }) => !hits.has(name)).map(({ name }) => `never happened: ${name}`);
  const total = Object.values(ends).reduce((sum, count: number) => sum + count, 0);
  const rare = (['paid', 'failed', 'refunded'] as const)
    .filter((end) => ends[end] < SHARE * total)
    .map((end) => `only ${ends[end]} of ${total} orders ended as ${end}`);
  return [
    ...missed,
    ...rare,
    ...(answered < ANSWERED
      ? [`only ${(answered * 100).toFixed(1)}% of the requests outside faults were answered`]
      : []),
  ];
}
