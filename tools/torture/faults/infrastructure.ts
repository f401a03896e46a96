import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pause } from '@gozon/timing';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import type { Fault, FaultTarget } from './fault.ts';

/** In ms. */
const AWAY = [0, 4_000] as const;

const away = async ({ random, signal }: FaultTarget) => pause(random.between(...AWAY), signal);

export const stopPostgres: readonly Fault[] = [
  {
    name: 'PostgreSQL stops at once',
    locks: ['postgres'],
    async harm(target) {
      const { postgres } = target.system;
      await postgres.kill('SIGQUIT');
      await away(target);
      await postgres.start();
      return true;
    },
  },
  ...(['orders', 'payments', 'workflows'] as const).map((role) => ({
    name: `pg_terminate_backend of ${role}`,
    locks: ['postgres'],
    async harm({ system }: FaultTarget) {
      const { rowCount } = await system.ordersDb.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1',
        [role],
      );
      return (rowCount ?? 0) > 0;
    },
  })),
];

/**
 * As on the old primary of a failover: old sessions are left on a server that accepts reads only, until the address leads to
 * the new one. For the server as a whole, and for the sessions of each role, whose new ones may write again at once.
 */
export const failOver: readonly Fault[] = [
  {
    name: 'PostgreSQL accepts reads only',
    locks: ['postgres'],
    async harm(target) {
      const { ordersDb } = target.system;
      // Allowed where only reads are: it changes a file of the server.
      const alterSystem = async (change: string) => {
        await ordersDb.query(`alter system ${change}`);
        await ordersDb.query('select pg_reload_conf()');
      };
      await alterSystem('set default_transaction_read_only = on');
      await away(target);
      await alterSystem('reset default_transaction_read_only');
      return true;
    },
  },
  ...(['orders', 'payments', 'workflows'] as const).map((role) => ({
    name: `sessions of ${role} are left on a server that accepts reads only`,
    locks: ['postgres'],
    async harm(target: FaultTarget) {
      const { ordersDb } = target.system;
      await ordersDb.query(`alter role ${role} set default_transaction_read_only = on`);
      await ordersDb.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
        role,
      ]);
      await away(target);
      await ordersDb.query(`alter role ${role} reset default_transaction_read_only`);
      return true;
    },
  })),
];

export const killKafka: readonly Fault[] = [
  {
    name: 'kill -9 Kafka',
    locks: ['kafka'],
    async harm(target) {
      const { kafka } = target.system;
      await kafka.kill();
      await away(target);
      await kafka.start();
      return true;
    },
  },
];

export const killTemporal: readonly Fault[] = [
  {
    name: 'kill -9 Temporal',
    locks: ['temporal'],
    async harm(target) {
      const { temporal } = target.system;
      await temporal.kill();
      await away(target);
      await temporal.start();
      return true;
    },
  },
];

export const loseTemporal: readonly Fault[] = [
  {
    name: 'Temporal loses all that it knew',
    locks: ['temporal'],
    async harm(target) {
      const { temporal, settings, temporalAddress } = target.system;
      await temporal.kill();
      await rm(path.join(settings.data, 'temporal'), { recursive: true });
      await away(target);
      await temporal.start();
      await away(target);
      // As an operator does who must begin with an empty store.
      await configureTemporal({ address: temporalAddress });
      return true;
    },
  },
];
