import { infrastructure } from '../infrastructure.ts';
import { openClient } from './open-client.ts';
import { statementsOf } from './statements-of.ts';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

/**
 * The tables that PostgreSQL reads from end to end for the statements of a request, also inside of functions. Each
 * statement is run again, with auto_explain, and rolled back.
 */
export async function tablesScanned(request: () => Promise<unknown>): Promise<string[]> {
  const scanned = new Set<string>();
  for (const { database, text, values } of await statementsOf(request)) {
    const url = new URL(infrastructure().superuserUrl);
    url.pathname = `/${database}`;
    const client = await openClient(url.href);
    client.on('notice', ({ message = '' }) => {
      const { Plan: plan } = JSON.parse(message.slice(message.indexOf('{'))) as { Plan: Plan };
      for (const table of scansIn(plan)) scanned.add(table);
    });
    try {
      await client.query(`load 'auto_explain';
        set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
        set auto_explain.log_format = json; set auto_explain.log_level = notice`);
      await client.query('begin');
      await client.query(text, values);
      await client.query('rollback');
    } finally {
      await client.end();
    }
  }
  return [...scanned];
}

function scansIn(plan: Plan): string[] {
  const { 'Node Type': node, 'Relation Name': table, Plans: below = [] } = plan;
  return [...(node === 'Seq Scan' && table !== undefined ? [table] : []), ...below.flatMap(scansIn)];
}
