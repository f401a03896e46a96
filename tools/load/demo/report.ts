import Table from 'cli-table3';
import { outcomeOf } from '#tools/invariants/check-result.ts';
import type { CheckResult } from '#tools/invariants/check-result.ts';
import type { DecidedOrder } from '../generate/decisions.queries.ts';
import { distribution } from '../generate/percentiles.ts';
import { acknowledged } from '../generate/submissions.ts';
import type { Submission } from '../generate/submissions.ts';

const plain = { style: { head: [], border: [], compact: true } };

/** What became of the orders. */
export function orderTable(history: readonly Submission[], decided: readonly DecidedOrder[]): string {
  const table = new Table({ ...plain, head: ['orders', ''], colAligns: ['left', 'right'] });
  const count = (name: string, items: readonly unknown[]) => table.push([name, items.length]);
  const ack = acknowledged(history);
  count('submitted', history);
  count(
    '  of them twice, with one key',
    history.filter(({ order }) => order.twice),
  );
  count(
    '  of them asked again, after an outage or a 409',
    history.filter(({ attempts, order }) => attempts > (order.twice ? 2 : 1)),
  );
  count('acknowledged', ack);
  const refused = history.filter(({ outcome }) => outcome.kind === 'refused');
  const unknown = history.filter(({ outcome }) => outcome.kind === 'unknown');
  if (refused.length > 0) count('refused', refused);
  if (unknown.length > 0) count('never answered', unknown);
  for (const [end, orders] of Map.groupBy(decided, ({ status, failureReason }) => failureReason ?? status)) {
    count(end, orders);
  }
  if (decided.length < ack.length) table.push(['undecided', ack.length - decided.length]);
  return table.toString();
}

/** Latencies in ms. */
export function latencyTable(history: readonly Submission[], decided: readonly DecidedOrder[]): string {
  const table = new Table({
    ...plain,
    head: ['ms', 'orders', 'p50', 'p95', 'p99', 'max'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
  });
  const add = (name: string, samples: readonly number[]) => {
    const found = distribution(samples);
    if (!found) return;
    const { count, p50, p95, p99, max } = found;
    table.push([name, count, ...[p50, p95, p99, max].map((ms) => ms.toFixed(1))]);
  };
  add(
    'acknowledgement',
    acknowledged(history).map(({ answeredAt, intendedAt }) => answeredAt - intendedAt),
  );
  add(
    'placed to decided',
    decided.map(({ placedToDecided }) => placedToDecided),
  );
  return `${table.toString()}
Acknowledgement: from the moment the order was due to be sent to its first reply, repeats included.
Placed to decided: from orders' transaction that placed it to the one that applied the decision, by Postgres' clock.`;
}

/** Orders a second, from the first that was placed to the last that was acknowledged, and to the last decided. */
export function throughput(history: readonly Submission[], decided: readonly DecidedOrder[]): string {
  const ack = acknowledged(history);
  const rate = (count: number, from: number, to: number) => ((count * 1000) / (to - from)).toFixed(1);
  const first = Math.min(...ack.map(({ sentAt }) => sentAt));
  const firstPlaced = Math.min(
    ...decided.map(({ decidedAt, placedToDecided }) => decidedAt - placedToDecided),
  );
  const acks = rate(ack.length, first, Math.max(...ack.map(({ answeredAt }) => answeredAt)));
  const decisions = rate(decided.length, firstPlaced, Math.max(...decided.map(({ decidedAt }) => decidedAt)));
  return `Orders a second: ${acks} acknowledged, ${decisions} decided.`;
}

/** Each check with how much it covered and what it found, then the breaches. */
export function resultTable(results: readonly CheckResult[]): string {
  const table = new Table({
    ...plain,
    head: ['', 'invariant', 'checked', 'found'],
    colWidths: [6, 58, 24, 14],
    wordWrap: true,
  });
  for (const result of results) {
    const { id, title, checked, things, breaches } = result;
    const outcome = outcomeOf(result);
    table.push([id, title, `${checked} ${things}`, outcome === 'broken' ? `BROKEN ${breaches}x` : outcome]);
  }
  const broken = results.flatMap(({ id, breaches, examples }) => {
    const more = breaches - examples.length;
    return [...examples.map((what) => `${id}: ${what}`), ...(more > 0 ? [`${id}: and ${more} more`] : [])];
  });
  return [table.toString(), ...broken, conclusion(results)].join('\n');
}

function conclusion(results: readonly CheckResult[]): string {
  const count = (outcome: ReturnType<typeof outcomeOf>) =>
    results.filter((result) => outcomeOf(result) === outcome).length;
  const notShown = count('not shown');
  const rest = notShown > 0 ? `, ${notShown} not shown: there was nothing to check` : '';
  return `\n${count('broken')} of ${results.length} broken, ${count('holds')} hold${rest}.`;
}
