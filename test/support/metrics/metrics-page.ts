import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import type { ExposedMetric } from './read-exposition.ts';

const PAGE = path.join(CHECKOUT, 'docs/metrics.md');
const ROW = /^\| `([\w*]+)`/;

/** A row of docs/metrics.md. */
export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly labels: readonly string[];
  /** The services that expose it. */
  readonly of: readonly string[];
  readonly meaning: string;
}

/** A metric as the services expose it, and those that do. */
export interface ExposedByServices extends ExposedMetric {
  readonly of: readonly string[];
}

export function readMetricsPage(): DocumentedMetric[] {
  return readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => ROW.test(line))
    .map((line) => {
      const [, name = '', type = '', unit = '', labels = '', of = '', meaning = ''] = line
        .split('|')
        .map((cell) => cell.trim());
      return { name: name.replaceAll('`', ''), type, unit, labels: names(labels), of: names(of), meaning };
    });
}

/** Writes the rows of docs/metrics.md again: those of what is exposed as it is exposed, others as they are. */
export function updateMetricsPage(exposed: readonly ExposedByServices[]): void {
  const rows = new Map(readMetricsPage().map((row) => [row.name, row]));
  for (const metric of exposed) {
    const known = rows.get(metric.name);
    const labels = [...new Set([...(known?.labels ?? []), ...metric.labels])].toSorted();
    rows.set(metric.name, { ...toRow(metric), labels });
  }
  const written = (isTemporals: boolean) =>
    [...rows.values()]
      .filter(({ name }) => !name.includes('*') && name.startsWith('temporal_') === isTemporals)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, type, unit, labels, of, meaning }) => {
        const quoted = labels.map((label) => `\`${label}\``).join(', ');
        return `| \`${name}\` | ${type} | ${unit} | ${quoted} | ${of.join(', ')} | ${meaning} |\n`;
      })
      .join('');
  // Each table is replaced as a whole, below its head.
  const tables = [written(false), written(true)];
  const page = readFileSync(PAGE, 'utf8').replaceAll(
    /(\| metric .*\n\|[ :|-]+\n)(?:\|.*\n)*/g,
    (_table, head: string) => head + (tables.shift() ?? ''),
  );
  writeFileSync(PAGE, page);
}

export function toRow({ name, type, labels, of, help }: ExposedByServices): DocumentedMetric {
  return { name, type, unit: unitOf(name), labels, of, meaning: help };
}

/** By its name, as Prometheus' conventions have it. */
function unitOf(name: string): string {
  const known = /_(seconds|bytes|messages|transactions)(?:_total)?$/.exec(name)?.[1];
  return known ?? 'count';
}

function names(cell: string): string[] {
  return cell
    .split(',')
    .map((name) => name.replaceAll('`', '').trim())
    .filter((name) => name !== '');
}
