import { infrastructure } from '../infrastructure.ts';
import { openClient } from './open-client.ts';
import { statementsOf } from './statements-of.ts';
import type { Statement } from './statements-of.ts';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** A node of a plan that reads a table from end to end, or more of it than a statement may. */
export interface TableScan {
  readonly table: string;
  readonly node: string;
  readonly rows: number;
  /** Custom plans are made for the values, generic ones for any. A session may use either for a prepared statement. */
  readonly plan: 'custom' | 'generic';
}

/**
 * What of the statements of a request, also inside of functions, reads a whole table or over `most` rows of one in all. Each
 * statement is run again with auto_explain, once with each kind of plan, and rolled back. Which of the two a session
 * chooses depends on what it ran before.
 */
export async function tablesScanned(request: () => Promise<unknown>, most: number): Promise<TableScan[]> {
  const scans: TableScan[] = [];
  for (const statement of await statementsOf(request)) {
    for (const plan of ['custom', 'generic'] as const) {
      for (const planned of await plansOf(statement, plan)) {
        scans.push(...scansIn(planned, most).map((scan) => ({ ...scan, plan })));
      }
    }
  }
  return scans;
}

async function plansOf(
  { database, text, values }: Statement,
  kind: TableScan['plan'],
): Promise<readonly Plan[]> {
  const url = new URL(infrastructure().superuserUrl);
  url.pathname = `/${database}`;
  const plans: Plan[] = [];
  const client = await openClient(url.href);
  client.on('notice', ({ message = '' }) => {
    // A statement that begins a transaction itself is warned that there is one.
    if (message.includes('{'))
      plans.push((JSON.parse(message.slice(message.indexOf('{'))) as { Plan: Plan }).Plan);
  });
  try {
    await client.query(`load 'auto_explain';
      set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
      set auto_explain.log_analyze = on; set auto_explain.log_timing = off;
      set auto_explain.log_format = json; set auto_explain.log_level = notice;
      set plan_cache_mode = force_${kind}_plan`);
    await client.query('begin');
    await client.query({ name: 'statement', text, values });
    await client.query('rollback');
  } finally {
    await client.end();
  }
  return plans;
}

function scansIn(plan: Plan, most: number): Omit<TableScan, 'plan'>[] {
  const { 'Node Type': node, 'Relation Name': table, Plans: below = [] } = plan;
  const { 'Actual Rows': found = 0, 'Rows Removed by Filter': passed = 0, 'Actual Loops': loops = 0 } = plan;
  const rows = (found + passed) * loops;
  const isScan = node === 'Seq Scan' || rows > most;
  return [
    ...(isScan && table !== undefined ? [{ table, node, rows }] : []),
    ...below.flatMap((next) => scansIn(next, most)),
  ];
}
