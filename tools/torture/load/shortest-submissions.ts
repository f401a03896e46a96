import { readFileSync } from 'node:fs';
import type { System } from '#tools/testbed/system.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

interface Line {
  readonly at: number;
  readonly what: string;
  readonly op?: number;
  readonly fault?: string;
}

/**
 * Of the breaches, the one that takes the fewest lines to tell: all that was asked about its order or customer and
 * answered, the faults meanwhile, and what the databases hold of it.
 */
export async function shortestHistory(
  file: string,
  breaches: readonly string[],
  system: System,
): Promise<string> {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const told = breaches.map((breach) => ({ breach, lines: linesAbout(breach, lines) }));
  const [shortest] = told
    .filter((one) => one.lines.length > 0)
    .toSorted((a, b) => a.lines.length - b.lines.length);
  if (!shortest) return breaches.slice(0, 1).join('');
  const rows = await rowsOf(system, idsIn(shortest.breach)).catch((error: unknown) => [String(error)]);
  return [shortest.breach, ...shortest.lines, ...rows].join('\n  ');
}

function linesAbout(breach: string, lines: readonly string[]): string[] {
  const ids = idsIn(breach);
  const read = lines.map((text) => ({ text, line: JSON.parse(text) as Line }));
  const own = read.filter(({ text }) => ids.some((id) => text.includes(id)));
  const [first, last] = [own[0]?.line.at, own.at(-1)?.line.at];
  if (first === undefined || last === undefined) return [];
  // The request itself names no order yet: it is told by its operation.
  const operations = new Set(own.flatMap(({ line }) => (line.op === undefined ? [] : [line.op])));
  return read
    .filter(({ text, line }) =>
      line.fault === undefined
        ? (line.op !== undefined && operations.has(line.op)) || ids.some((id) => text.includes(id))
        : line.at >= first && line.at <= last + AFTERMATH,
    )
    .map(({ text }) => text);
}

/** An order is not over when it is acknowledged: faults from soon after may be the cause. In ms. */
const AFTERMATH = 5_000;

function idsIn(breach: string): string[] {
  return [...new Set(breach.match(UUID))];
}

async function rowsOf({ ordersDb, paymentsDb }: System, ids: readonly string[]): Promise<string[]> {
  const look = async (db: System['ordersDb'], table: string, column: string, order: string) => {
    const { rows } = await db.query<{ row: unknown }>(
      `select to_jsonb(t) as row from ${table} t where ${column} = any($1::uuid[]) order by ${order} limit 20`,
      [ids],
    );
    return rows.map(({ row }) => `${table}: ${JSON.stringify(row)}`);
  };
  return [
    ...(await look(ordersDb, 'orders', 'order_id', 'order_id')),
    ...(await look(ordersDb, 'refunds', 'order_id', 'created_at')),
    ...(await look(ordersDb, 'order_events', 'order_id', 'event_id')),
    ...(await look(ordersDb, 'outbox', 'order_id', 'outbox_id')),
    ...(await look(paymentsDb, 'decisions', 'order_id', 'order_id')),
    ...(await look(paymentsDb, 'holds', 'order_id', 'order_id')),
    ...(await look(paymentsDb, 'refunds', 'order_id', 'refunded_at')),
    ...(await look(paymentsDb, 'postings', 'order_id', 'posting_id')),
  ];
}
