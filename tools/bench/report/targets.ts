import type { RoundResult } from '../measure/rounds.ts';
import type { Turn } from '../measure/turn.ts';
import type { Data } from './data.ts';
import { table } from './markdown.ts';
import { atRate, medianAndRange, medianOf, ratios, short, total } from './medians.ts';

interface Target {
  readonly what: string;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
  /** Of rounds, or of one measurement. */
  readonly values: readonly number[];
}

const decided = ({ sustained }: Turn) => sustained.decidedPerSecond;
const cpu = ({ sustained }: Turn) => total(sustained.cpu);
const HALF = '50% of capacity';
const p50 = atRate(HALF, (rate) => rate.decided?.p50);
const p99 = atRate(HALF, (rate) => rate.decided?.p99);

function targets({ peers, before, growth }: Data): Target[] {
  const others = turnsOf(peers?.results ?? []);
  const older = turnsOf(before?.results ?? []);
  const sizes = turnsOf(growth?.results ?? []);
  const figure = (name: string) =>
    (growth?.results ?? []).flatMap((result) => ('figures' in result ? (result.figures[name] ?? []) : []));
  const ofNow = (of: (turn: Turn) => number) =>
    older.filter(({ subject }) => subject === 'now').map(({ turn }) => of(turn));
  return [
    {
      what: 'decided/s, to commit e1914af',
      limit: { atLeast: 1.7 },
      values: ratios(older, 'now', 'before', decided),
    },
    {
      what: 'decided/s, to bare Temporal tuned',
      limit: { atLeast: 0.75 },
      values: ratios(others, 'gozon', 'bare-tuned', decided),
    },
    {
      what: 'decided/s, to bare Temporal tuned without HTTP',
      limit: { atLeast: 0.75 },
      values: ratios(others, 'gozon', 'bare-tuned', decided, ({ directly }) => directly),
    },
    {
      what: 'decided/s, to the naive shape',
      limit: { atLeast: 3 },
      values: ratios(others, 'gozon', 'naive', decided),
    },
    { what: 'decided/s, to DBOS', limit: { atLeast: 1 }, values: ratios(others, 'gozon', 'dbos', decided) },
    { what: 'CPU ms an order', limit: { atMost: 20 }, values: ofNow(cpu) },
    {
      what: 'CPU an order, to commit e1914af',
      limit: { atMost: 20 / 35 },
      values: ratios(older, 'now', 'before', cpu),
    },
    {
      what: `p50 at ${HALF}, to commit e1914af`,
      limit: { atMost: 0.6 },
      values: ratios(older, 'now', 'before', p50),
    },
    {
      what: `p99 at ${HALF}, to commit e1914af`,
      limit: { atMost: 0.5 },
      values: ratios(older, 'now', 'before', p99),
    },
    ...['dbos', 'restate'].flatMap((name) => [
      {
        what: `p50 at ${HALF}, to ${name}`,
        limit: { atMost: 1 },
        values: ratios(others, 'gozon', name, p50),
      },
      {
        what: `p99 at ${HALF}, to ${name}`,
        limit: { atMost: 1 },
        values: ratios(others, 'gozon', name, p99),
      },
    ]),
    { what: 'POST p99 to p50 at 300/s', limit: { atMost: 3 }, values: figure('POST p99 to p50') },
    {
      what: 'decided/s while such a backlog drains, to sustained',
      limit: { atLeast: 0.9 },
      values: figure('drained a second, to sustained'),
    },
    {
      what: 'CPU an order at 3 million stored, to 1 thousand',
      limit: { atMost: 1.1 },
      values: ratios(sizes, '3,000,000', '1,000', cpu),
    },
    { what: 'idle CPU ms a second', limit: { atMost: 40 }, values: ofNow(({ idle }) => total(idle)) },
    {
      what: 'memory after 100,000 orders, to that after 10,000',
      limit: { atMost: 1.1 },
      values: figure('memory, to that after 10,000'),
    },
  ];
}

/** Each target with what was measured of it, and whether the median meets it. */
export function targetsTable(data: Data): string {
  return table(
    ['', 'target', 'measured', 'met'],
    targets(data).map(({ what, limit, values }) => [
      what,
      'atLeast' in limit ? `at least ${short(limit.atLeast)}` : `at most ${short(limit.atMost)}`,
      medianAndRange(values),
      values.length === 0 ? 'not measured' : meets(medianOf(values), limit) ? 'yes' : 'no',
    ]),
  );
}

function meets(value: number, limit: Target['limit']): boolean {
  return 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost;
}

function turnsOf(results: readonly object[]): RoundResult[] {
  return results.filter((result): result is RoundResult => 'turn' in result);
}
