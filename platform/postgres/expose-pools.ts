import type pg from 'pg';
import { Gauge } from '../process/metrics.ts';

type Pool = Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount' | 'options'>;

/** The open pools, each with the name of its database. */
const pools = new Map<Pool, string>();

/** Shows the connections of a pool among the metrics, by its database. @returns what ends that */
export function exposePool(pool: Pool, database: string): () => void {
  pools.set(pool, database);
  return () => void pools.delete(pool);
}

interface PoolGauge {
  readonly name: string;
  readonly help: string;
  readonly read: (pool: Pool) => number;
}

function sumOverPools({ name, help, read }: PoolGauge): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: ['database'] as const,
    collect() {
      gauge.reset();
      for (const [pool, database] of pools) gauge.inc({ database }, read(pool));
    },
  });
}

sumOverPools({
  name: 'postgres_pool_connections',
  help: 'Open connections of the pool for this database.',
  read: ({ totalCount }) => totalCount,
});
sumOverPools({
  name: 'postgres_pool_connections_busy',
  help: 'Connections of the pool that are in use.',
  read: ({ totalCount, idleCount }) => totalCount - idleCount,
});
sumOverPools({
  name: 'postgres_pool_connections_max',
  help: 'The most connections that the pool opens.',
  read: ({ options }) => options.max,
});
sumOverPools({
  name: 'postgres_pool_waiting',
  help: 'Queries that wait for a connection of the pool.',
  read: ({ waitingCount }) => waitingCount,
});
