import Table from 'cli-table3';
import type { RoundResult } from '../measure/rounds.ts';
import type { Turn } from '../measure/turn.ts';
import type { CountResult } from '../peers/compare-peers.ts';
import { medianAndRange, total } from './medians.ts';

/** Prints medians of all turns. */
export function printTurns(results: readonly (RoundResult | CountResult)[]): void {
  const turns = results.filter((result) => 'turn' in result);
  const head = [
    '',
    'decided/s',
    'CPU ms an order',
    'POST p50 / p99',
    'decided p50 / p99',
    'first',
    'idle',
    'MB',
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const [subject, own] of Map.groupBy(turns, (result) => result.subject)) {
    const of = (value: (turn: Turn) => number | undefined) =>
      medianAndRange(own.map(({ turn }) => value(turn)));
    const at = (what: string, value: (rate: Turn['rates'][number]) => number | undefined) =>
      of(({ rates }) => rates.filter((rate) => rate.of === what).map(value)[0]);
    const rates = [...new Set(own.flatMap(({ turn }) => turn.rates.map((rate) => rate.of)))];
    table.push([
      `${subject} (${own.length})`,
      of(({ sustained }) => sustained.decidedPerSecond),
      `${of(({ sustained }) => total(sustained.cpu))}\n${Object.entries(own[0]?.turn.sustained.cpu ?? {})
        .map(([name]) => `${name} ${of(({ sustained }) => sustained.cpu[name])}`)
        .join('\n')}`,
      rates
        .map((rate) => `${rate}: ${at(rate, ({ post }) => post?.p50)} / ${at(rate, ({ post }) => post?.p99)}`)
        .join('\n'),
      rates
        .map(
          (rate) =>
            `${rate}: ${at(rate, ({ decided }) => decided?.p50)} / ${at(rate, ({ decided }) => decided?.p99)}`,
        )
        .join('\n'),
      of(({ firstOrder }) => firstOrder),
      of(({ idle }) => total(idle)),
      of(({ memory }) => total(memory)),
    ]);
  }
  console.log(table.toString());
  for (const result of results) {
    if (!('counts' in result)) continue;
    console.log(`An order of ${result.subject} takes:`);
    for (const [what, count] of Object.entries(result.counts)) console.log(`  ${what} ${count.toFixed(1)}`);
  }
}
