import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import pg from 'pg';
import { newId } from '#contracts/values/ids.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { forgetPeaks, peakMemory } from '../measure/usage.ts';
import type { Rig } from '../open-rig.ts';
import { total } from '../report/medians.ts';
import { startServices } from '../start-services.ts';
import type { Comparison } from './compare.ts';

const FEW = 10_000;
const MANY = 1_000_000;

/** Movements of one customer, and what they settled: each a file of as many rows. */
interface Stored {
  readonly rows: number;
  readonly userId: string;
  /** When they were, at midnight; nobody else's were on that day. */
  readonly day: string;
}

/** A file from the gateway. */
interface Asked {
  readonly path: string;
  readonly headers: Record<string, string>;
}

/** What a file of a million rows takes of memory beside one of ten thousand, of payments and gateway together. */
export async function compareCsv(rig: Rig, stack: AsyncDisposableStack): Promise<Comparison[]> {
  const { gateway, payments } = await startServices(rig, stack);
  const few = await store(rig, FEW, '2026-01-01');
  const many = await store(rig, MANY, '2026-02-01');
  const processes = [gateway, payments];
  const peakOf = async (work: () => Promise<void>) => {
    forgetPeaks(processes);
    await work();
    return total(peakMemory(processes));
  };
  const open = async ({ path, headers }: Asked): Promise<IncomingMessage> => {
    const asked = get(new URL(path, gateway.url), { headers, agent: false });
    const [reply] = (await once(asked, 'response')) as [IncomingMessage];
    if (reply.statusCode !== 200) throw new Error(`${path} was answered ${reply.statusCode}`);
    return reply;
  };
  const files = { 'a statement': statementOf, 'settled orders': settledOn };
  return Object.entries(files).flatMap(([what, fileOf]) => {
    const fast = async (stored: Stored) =>
      peakOf(async () => readAll(await open(fileOf(stored)), stored.rows));
    const waiting = async (stored: Stored) =>
      peakOf(async () => {
        const reply = await open(fileOf(stored));
        await untilNothingIsRead(payments.pid);
        reply.on('error', () => {}).destroy();
      });
    return (
      [
        ['read fast', fast],
        ['not read', waiting],
      ] as const
    ).map(([how, peak]) => ({
      name: `${what}, ${how}`,
      question: `Peak of the resident memory of payments and gateway, while ${what} as CSV is ${how}`,
      unit: 'MB',
      a: { label: `${FEW} rows`, round: async () => peak(few) },
      b: { label: `${MANY} rows`, round: async () => peak(many) },
    }));
  });
}

function statementOf({ userId }: Stored): Asked {
  return {
    path: ROUTES.exportStatement.path.replace('{userId}', userId),
    headers: { 'x-user-id': userId },
  };
}

function settledOn({ day }: Stored): Asked {
  return {
    path: `${ROUTES.exportSettlements.path}?from=${day}T00:00:00Z&to=${day}T12:00:00Z`,
    headers: { 'x-user-id': newId(), 'x-user-roles': 'merchant' },
  };
}

/** Orders that are paid, in payments alone: their decisions and postings, a millisecond apart. */
async function store({ settings }: Rig, rows: number, day: string): Promise<Stored> {
  const url = new URL(superuserUrl(settings));
  url.pathname = '/payments';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const userId = newId();
  // Neither foreign keys nor triggers: what is written is known to be right.
  await client.query('set session_replication_role = replica');
  await client.query('set synchronous_commit = off');
  await client.query(`insert into accounts (user_id, currency, balance) values ($1, 'EUR', 1)`, [userId]);
  await client.query(
    `with placed as materialized (
       select n, uuidv7() as order_id, $3::date + n * interval '1 millisecond' as at
       from generate_series(1, $1::integer) as n
     ), decided as (
       insert into decisions (order_id, user_id, amount, currency, outcome, decided_at)
       select order_id, $2::uuid, 1, 'EUR', 'completed', at from placed
     )
     insert into postings (transfer_id, kind, account, user_id, order_id, amount, balance_after, created_at)
     select order_id, 'debit', side, $2::uuid, order_id, amount, case when side = 'customer' then $1::bigint + 1 - n end, at
     from placed, (values ('customer', -1), ('sales', 1)) as side (side, amount)`,
    [rows, userId, day],
  );
  await client.query('vacuum analyze');
  await client.end();
  return { rows, userId, day };
}

async function readAll(reply: IncomingMessage, rows: number): Promise<void> {
  let lines = 0;
  for await (const chunk of reply) lines += (chunk as Buffer).toString('latin1').split('\n').length - 1;
  if (lines !== rows + 1) throw new Error(`${lines} lines of ${rows} rows`);
}

/** Until a process has read nothing for a second: it has sent all, or every buffer on the way to its reader is full. */
async function untilNothingIsRead(pid: number): Promise<void> {
  let [before, times] = ['', 0];
  const waits = () => {
    const [read = ''] = readFileSync(`/proc/${pid}/io`, 'utf8').split('\n');
    times = read === before ? times + 1 : 0;
    before = read;
    return times === 20;
  };
  await eventually('payments to wait', waits, { within: 60_000 });
}
