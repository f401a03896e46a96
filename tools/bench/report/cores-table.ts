import type { Turn } from '../measure/turn.ts';
import { table } from './markdown.ts';
import { medianOf, short } from './medians.ts';

const RATES = [1_000, 100_000];

/**
 * How many orders a second one core is good for, by process, and how many cores some rates would take. A process whose CPU
 * was too little to be seen has no row.
 */
export function coresTable(turns: readonly Turn[]): string {
  const processes = [...new Set(turns.flatMap(({ sustained }) => Object.keys(sustained.cpu)))];
  const rows = processes
    .map((name) => ({ name, cpu: medianOf(turns.map(({ sustained }) => sustained.cpu[name] ?? 0)) }))
    .filter(({ cpu }) => cpu > 0)
    .toSorted((a, b) => b.cpu - a.cpu);
  return table(
    [
      'process',
      'CPU ms an order',
      'orders a second of a core',
      ...RATES.map((rate) => `cores at ${rate.toLocaleString('en')}/s`),
    ],
    rows.map(({ name, cpu }) => [
      name,
      short(cpu),
      Math.round(1_000 / cpu).toLocaleString('en'),
      ...RATES.map((rate) => Math.ceil((rate * cpu) / 1_000).toLocaleString('en')),
    ]),
  );
}
