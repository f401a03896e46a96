import { rm } from 'node:fs/promises';
import path from 'node:path';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { pause } from '#platform/process/lifecycle.ts';
import type { Fault, Victim } from './fault.ts';

/** In ms. */
const AWAY = [0, 4_000] as const;

const away = async ({ random, signal }: Victim) => pause(random.between(...AWAY), signal);

export const strikePostgres: readonly Fault[] = [
  {
    name: 'PostgreSQL stops at once',
    parts: ['postgres'],
    async harm(victim) {
      const { postgres } = victim.system;
      await postgres.kill('SIGQUIT');
      await away(victim);
      await postgres.start();
      return true;
    },
  },
  ...(['orders', 'payments', 'workflows'] as const).map((role) => ({
    name: `pg_terminate_backend of ${role}`,
    parts: ['postgres'],
    async harm({ system }: Victim) {
      const { rowCount } = await system.ordersDb.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1',
        [role],
      );
      return (rowCount ?? 0) > 0;
    },
  })),
];

export const killKafka: readonly Fault[] = [
  {
    name: 'kill -9 Kafka',
    parts: ['kafka'],
    async harm(victim) {
      const { kafka } = victim.system;
      await kafka.kill();
      await away(victim);
      await kafka.start();
      return true;
    },
  },
];

export const killTemporal: readonly Fault[] = [
  {
    name: 'kill -9 Temporal',
    parts: ['temporal'],
    async harm(victim) {
      const { temporal } = victim.system;
      await temporal.kill();
      await away(victim);
      await temporal.start();
      return true;
    },
  },
];

export const loseTemporal: readonly Fault[] = [
  {
    name: 'Temporal loses all that it knew',
    parts: ['temporal'],
    async harm(victim) {
      const { temporal, settings, temporalAddress } = victim.system;
      await temporal.kill();
      await rm(path.join(settings.data, 'temporal'), { recursive: true });
      await away(victim);
      await temporal.start();
      await away(victim);
      // As an operator would who has to begin with an empty store.
      await configureTemporal({ address: temporalAddress });
      return true;
    },
  },
];
