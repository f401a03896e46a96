import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { ordersMigrations } from '#orders/migrations.ts';
import { paymentsMigrations } from '#payments/migrations.ts';
import { migrateWhenPossible } from '#platform/postgres/migrate.ts';
import { storeSigningKeys } from '#platform/postgres/signing-keys.queries.ts';
import { createLogger } from '#platform/process/logger.ts';
import { HOSTILE_DEFAULTS } from './database/hostile-defaults.ts';
import { SIGNING_KEY } from './database/signing.ts';
import { infrastructure } from './infrastructure.ts';

type Owner = 'orders' | 'payments';

const migrations = { orders: ordersMigrations, payments: paymentsMigrations };
const templates: Partial<Record<Owner, Promise<string>>> = {};

/** A migrated database that nobody else uses, dropped on disposal even while clients are connected. */
export interface ScratchDatabase extends AsyncDisposable {
  /** As the service that owns it. */
  readonly url: string;
  /** As the role `workflows`, which may do there what the owner's migrations grant. */
  readonly workflowsUrl: string;
  readonly superuserUrl: string;
}

export async function createScratchDatabase(owner: Owner): Promise<ScratchDatabase> {
  return createFrom(await (templates[owner] ??= createTemplate(owner)), owner);
}

/** The same without what migrations make: that of a service of another kind. */
export async function createEmptyDatabase(): Promise<ScratchDatabase> {
  return createFrom('template1', 'orders');
}

async function createFrom(template: string, owner: Owner): Promise<ScratchDatabase> {
  const name = `${owner}_${randomBytes(6).toString('hex')}`;
  await createDatabase(name, owner, template);
  return {
    url: urlOf(owner, name),
    workflowsUrl: urlOf('workflows', name),
    superuserUrl: urlOf('postgres', name),
    [Symbol.asyncDispose]: async () =>
      asSuperuser(`drop database if exists ${escapeIdentifier(name)} with (force)`),
  };
}

/** Migrated once for all suites of a lane: a copy of it is there in a third of the time that the migrations take. */
async function createTemplate(owner: Owner): Promise<string> {
  const name = `${owner}_template_${process.pid}`;
  await createDatabase(name, owner, 'template1');
  await migrate(urlOf(owner, name), owner);
  return name;
}

async function createDatabase(name: string, owner: Owner, template: string): Promise<void> {
  const id = escapeIdentifier(name);
  await asSuperuser(
    `create database ${id} owner ${escapeIdentifier(owner)} template ${escapeIdentifier(template)}`,
    `revoke connect, temporary on database ${id} from public`,
    `grant connect on database ${id} to workflows`,
    ...[owner, 'workflows'].map((role) => hostileDefaults(role, id)),
  );
}

/** So that every suite with a database shows that no default of it matters. The tests' own clients need their tables. */
function hostileDefaults(role: string, database: string): string {
  return Object.entries(HOSTILE_DEFAULTS)
    .filter(([name]) => name !== 'search_path')
    .map(([name, value]) => `alter role ${role} in database ${database} set ${name} = ${value};`)
    .join(' ');
}

async function migrate(url: string, owner: Owner): Promise<void> {
  await migrateWhenPossible({
    url,
    name: 'test',
    migrations: migrations[owner],
    afterwards: async (db) => storeSigningKeys(db, [SIGNING_KEY]),
    log: createLogger('test', 'fatal'),
    onState: () => {},
    signal: new AbortController().signal,
  });
}

function urlOf(role: Owner | 'workflows' | 'postgres', database: string): string {
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
