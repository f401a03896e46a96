import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { namespace } from '#temporal-config/namespace.ts';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Rig } from '../../open-rig.ts';
import type { RunningPeer } from '../peer.ts';
import type { PeerSettings } from './peer-settings.ts';

/** More than a measurement spends. */
const BALANCE = 10n ** 12n;

/** The databases of one start of a peer, dropped with the stack. */
export interface Shop {
  readonly settings: Omit<PeerSettings, 'port'>;
  readonly accounts: Required<Pick<RunningPeer, 'openCustomers' | 'decidedAt' | 'outcomes'>>;
}

export async function openShop(rig: Rig, stack: AsyncDisposableStack, name: string): Promise<Shop> {
  const peer = `bench_${name.replaceAll('-', '_')}_${randomBytes(3).toString('hex')}`;
  const [orders, payments] = await Promise.all([
    createDatabase(rig, stack, `${peer}_orders`, 'orders.sql'),
    createDatabase(rig, stack, `${peer}_payments`, 'payments.sql'),
  ]);
  return {
    settings: {
      peer,
      ordersUrl: orders.url,
      paymentsUrl: payments.url,
      kafka: `${LOOPBACK}:${rig.settings.ports.KAFKA_PORT}`,
      temporal: rig.temporal,
      namespace: namespace.name,
    },
    accounts: {
      async openCustomers(count) {
        const userIds = Array.from({ length: count }, () => randomUUID());
        const text = 'insert into accounts (user_id, balance) select unnest($1::uuid[]), $2::bigint';
        await payments.pool.query(text, [userIds, String(BALANCE)]);
        return userIds;
      },
      async decidedAt(orderIds) {
        const { rows } = await orders.pool.query<{ orderId: string; at: number }>(
          `select order_id as "orderId", (extract(epoch from decided_at) * 1000)::float8 as at
           from orders where order_id = any($1::uuid[]) and decided_at is not null`,
          [orderIds],
        );
        return new Map(rows.map(({ orderId, at }) => [orderId, at]));
      },
      async outcomes(orderIds) {
        const ofOrders = 'select order_id as "orderId", status from orders where order_id = any($1::uuid[])';
        const { rows } = await orders.pool.query<{ orderId: string; status: string }>(ofOrders, [orderIds]);
        const statuses = new Map(rows.map(({ orderId, status }) => [orderId, status]));
        const ofPostings = 'select from postings where order_id = any($1::uuid[])';
        const { rowCount } = await payments.pool.query(ofPostings, [orderIds]);
        return { statuses: orderIds.map((id) => statuses.get(id) ?? 'unknown'), postings: rowCount ?? 0 };
      },
    },
  };
}

async function createDatabase(rig: Rig, stack: AsyncDisposableStack, name: string, schema: string) {
  const admin = superuserUrl(rig.settings);
  await query(admin, `create database ${pg.escapeIdentifier(name)}`);
  stack.defer(async () => query(admin, `drop database ${pg.escapeIdentifier(name)} with (force)`));
  const url = new URL(admin);
  url.pathname = `/${name}`;
  await query(url.href, readFileSync(path.join(import.meta.dirname, schema), 'utf8'));
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  // The database is dropped with sessions on it.
  pool.on('error', () => {});
  stack.defer(async () => pool.end());
  return { url: url.href, pool };
}

async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
