import { sql } from 'kysely';
import { openDatabase } from '#platform/postgres/database.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/logger.ts';

/** Both databases, opened by a role that may read all of them. */
export interface Databases {
  readonly orders: Kysely<unknown>;
  readonly payments: Kysely<unknown>;
}

/** A look at a whole table takes longer than a request may. In ms. */
const DEADLINES = { connect: 2_000, statement: 60_000, query: 65_000 };

/** @param url of the server; its path, the database, is replaced */
export function openDatabases(url: string, log: Logger): Databases & AsyncDisposable {
  const open = (database: string) => {
    const own = new URL(url);
    own.pathname = database;
    return openDatabase<unknown>({ url: own.href, name: 'load', log, deadlines: DEADLINES, size: 4 });
  };
  const orders = open('orders');
  const payments = open('payments');
  return {
    orders,
    payments,
    async [Symbol.asyncDispose]() {
      await Promise.all([orders.destroy(), payments.destroy()]);
    },
  };
}

/**
 * Both databases, each as it was at one moment: orders first. What orders knows of a payment was committed by payments
 * before, so a decided order always finds its decision here, also while orders are being placed.
 */
export async function withSnapshots<Result>(
  databases: Databases,
  look: (snapshots: Databases) => Promise<Result>,
): Promise<Result> {
  return snapshot(databases.orders, async (orders) =>
    snapshot(databases.payments, async (payments) => look({ orders, payments })),
  );
}

async function snapshot<Result>(
  db: Kysely<unknown>,
  look: (snapshot: Kysely<unknown>) => Promise<Result>,
): Promise<Result> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) => {
      // The snapshot is taken by the first statement, not by begin.
      await sql`select 1`.execute(transaction);
      return look(transaction);
    });
}
