import type { RoundResult } from '../measure/rounds.ts';
import type { Turn } from '../measure/turn.ts';
import { barChart, join, table } from './markdown.ts';
import { atRate, medianAndRange, medianOf, ratios, total } from './medians.ts';

/** What is said of turns: one row for each subject, in this order. */
export function turnTables(
  results: readonly RoundResult[],
  subjects: readonly string[],
  ours: string,
): string {
  const measured = subjects.filter((name) => results.some(({ subject }) => subject === name));
  const turnsOf = (name: string) => results.filter(({ subject }) => subject === name).map(({ turn }) => turn);
  const of = (name: string, value: (turn: Turn) => number | undefined) =>
    medianAndRange(turnsOf(name).map(value));
  const medians = (value: (turn: Turn) => number) =>
    measured.map((name) => [name, medianOf(turnsOf(name).map(value))] as const);
  const rows = (cells: (name: string) => readonly string[]) => measured.map((name) => [name, ...cells(name)]);
  const decided = (turn: Turn) => turn.sustained.decidedPerSecond;
  const cpu = (turn: Turn) => total(turn.sustained.cpu);
  const rates = [...new Set(results.flatMap(({ turn }) => turn.rates.map((rate) => rate.of)))];
  const processes = [...new Set(results.flatMap(({ turn }) => Object.keys(turn.sustained.cpu)))];
  return join(
    barChart('Orders decided a second, with a backlog', 'orders/s', medians(decided)),
    barChart('CPU of an order', 'ms', medians(cpu)),
    table(
      ['', 'turns', 'decided/s', `${ours} to it`, 'without HTTP', 'CPU ms an order', `${ours} to it`],
      rows((name) => [
        String(turnsOf(name).length),
        of(name, decided),
        name === ours ? '' : medianAndRange(ratios(results, ours, name, decided)),
        of(name, ({ directly }) => directly),
        of(name, cpu),
        name === ours ? '' : medianAndRange(ratios(results, ours, name, cpu)),
      ]),
    ),
    'CPU ms an order by process:',
    table(
      ['', ...processes],
      rows((name) => processes.map((one) => of(name, ({ sustained }) => sustained.cpu[one]))),
    ),
    ...rates.flatMap((rate) => [
      `At ${rate}, in ms from the time that a request was to be sent:`,
      table(
        ['', 'decided p50', 'decided p95', 'decided p99', 'answered p50', 'answered p99'],
        rows((name) => [
          of(
            name,
            atRate(rate, (at) => at.decided?.p50),
          ),
          of(
            name,
            atRate(rate, (at) => at.decided?.p95),
          ),
          of(
            name,
            atRate(rate, (at) => at.decided?.p99),
          ),
          of(
            name,
            atRate(rate, (at) => at.post?.p50),
          ),
          of(
            name,
            atRate(rate, (at) => at.post?.p99),
          ),
        ]),
      ),
    ]),
    table(
      ['', 'ready after s', 'first order ms', 'idle CPU ms a second', 'memory MB', 'refused'],
      rows((name) => [
        of(name, ({ start }) => start / 1000),
        of(name, ({ firstOrder }) => firstOrder),
        of(name, ({ idle }) => total(idle)),
        of(name, ({ memory }) => total(memory)),
        String(turnsOf(name).reduce((sum, { refused }) => sum + refused, 0)),
      ]),
    ),
  );
}
