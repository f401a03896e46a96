import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { ordersMigrations } from '#orders/migrations.ts';
import { paymentsMigrations } from '#payments/migrations.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import { createLogger } from '#platform/process/logger.ts';
import { infrastructure } from './infrastructure.ts';

const migrations = { orders: ordersMigrations, payments: paymentsMigrations };

/** A migrated database that nobody else uses, dropped on disposal whoever is still connected. */
export interface ScratchDatabase extends AsyncDisposable {
  /** As the service that owns it. */
  readonly url: string;
  /** As the role `workflows`, which may do there what the owner's migrations grant. */
  readonly workflowsUrl: string;
  readonly superuserUrl: string;
}

export async function createScratchDatabase(owner: 'orders' | 'payments'): Promise<ScratchDatabase> {
  const name = `${owner}_${randomBytes(6).toString('hex')}`;
  const id = escapeIdentifier(name);
  await asSuperuser(
    `create database ${id} owner ${escapeIdentifier(owner)}`,
    `revoke connect, temporary on database ${id} from public`,
    `grant connect on database ${id} to workflows`,
  );
  const database = {
    url: urlOf(owner, name),
    workflowsUrl: urlOf('workflows', name),
    superuserUrl: urlOf('postgres', name),
    [Symbol.asyncDispose]: async () => asSuperuser(`drop database if exists ${id} with (force)`),
  };
  await migrate(database.url, owner);
  return database;
}

async function migrate(url: string, owner: 'orders' | 'payments'): Promise<void> {
  await migrateWhenPossible({
    url,
    name: 'test',
    migrations: migrations[owner],
    log: createLogger('test', 'fatal'),
    onState: () => {},
    signal: new AbortController().signal,
  });
}

function urlOf(role: 'orders' | 'payments' | 'workflows' | 'postgres', database: string): string {
  const url = new URL(infrastructure().superuserUrl);
  url.username = role;
  url.password = infrastructure().secrets[role];
  url.pathname = `/${database}`;
  return url.href;
}

async function asSuperuser(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: infrastructure().superuserUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
