import { pause } from '@gozon/timing';
import { pauseTree, resumeTree } from '#tools/stack/processes/process-tree.ts';
import type { PostgresPair, Server } from '#tools/testbed/postgres-pair.ts';
import { POSTGRES_LINKS } from '#tools/testbed/system.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Fault, FaultTarget } from './fault.ts';

/** In ms. */
const AWAY = [0, 4_000] as const;
/** In ms: past every timeout. */
const LONG = [13_000, 16_000] as const;
const MINUTE = 60_000;

const READ_ONLY = ['alter system set default_transaction_read_only = on', 'select pg_reload_conf()'];
const WRITABLE = ['alter system reset default_transaction_read_only', 'select pg_reload_conf()'];

/** A failover to a synchronous standby, in all its forms; each ends with another standby. */
export const promoteStandby: readonly Fault[] = [
  fault(
    'a standby is promoted, and sessions are left on the old, read-only primary',
    async (target, pair) => {
      const { system, random, signal } = target;
      await pair.primary.run(...READ_ONLY);
      const old = await pair.promote();
      moveAddress(system, pair);
      const left = await countSessions(old);
      await pause(random.between(...AWAY), signal);
      await pair.replace(old);
      return left > 0;
    },
  ),
  fault(
    'a standby is promoted, and sessions are left on the old primary, which does not know',
    async (target, pair) => {
      const { system, random, signal } = target;
      const old = await pair.promote();
      moveAddress(system, pair);
      await pause(random.between(...LONG), signal);
      const waiting = await countWaiting(old);
      await pair.replace(old);
      return waiting > 0;
    },
  ),
  fault('a standby is promoted, and all sessions are cut', async ({ system }, pair) => {
    const links = POSTGRES_LINKS.map((name) => system.links[name]);
    await Promise.all(links.map(async (link) => link.cut()));
    const old = await pair.promote();
    moveAddress(system, pair);
    await Promise.all(links.map(async (link) => link.heal()));
    await pair.replace(old);
    return true;
  }),
  fault('the primary dies, and its standby is promoted', async ({ system, random, signal }, pair) => {
    await pair.primary.component.kill();
    await pause(random.between(...AWAY), signal);
    const old = await pair.promote();
    moveAddress(system, pair);
    await pair.replace(old);
    return true;
  }),
  fault('the standby stands still, and commits wait for it', async ({ random, signal }, pair) => {
    const { pid } = pair.standby.component;
    try {
      pauseTree(pid);
      await pause(random.between(...LONG), signal);
      return (await countWaiting(pair.primary)) > 0;
    } finally {
      resumeTree(pid);
    }
  }),
  fault('PostgreSQL accepts reads only for a minute', async ({ signal }, { primary }) => {
    await primary.run(...READ_ONLY);
    try {
      await pause(MINUTE, signal);
    } finally {
      await primary.run(...WRITABLE);
    }
    return true;
  }),
];

function fault(name: string, harm: (target: FaultTarget, pair: PostgresPair) => Promise<boolean>): Fault {
  return {
    name,
    locks: ['postgres'],
    async harm(target) {
      const { postgresPair } = target.system;
      if (!postgresPair) throw new Error('the system has no standby');
      return harm(target, postgresPair);
    },
  };
}

function moveAddress({ links }: System, { primary }: PostgresPair): void {
  for (const name of POSTGRES_LINKS) links[name].lead(primary.port);
}

/** How many sessions of services a server has. */
async function countSessions(server: Server, where = 'true'): Promise<number> {
  const rows = await server.run(
    `select from pg_stat_activity where usename in ('orders', 'payments', 'workflows') and ${where}`,
  );
  return rows.length;
}

/** How many of them have committed, and wait for a standby before they say so. */
async function countWaiting(server: Server): Promise<number> {
  return countSessions(server, `wait_event = 'SyncRep'`);
}
