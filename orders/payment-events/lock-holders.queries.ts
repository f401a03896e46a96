import { sql } from 'kysely';
import type { Database } from '../schema.ts';

/** An order whose row is locked, and who locks it, as far as the role `orders` may see. */
export interface LockedOrder {
  readonly orderId: string;
  /** Null when several transactions share the lock, when a prepared transaction has it, or when it is free again. */
  readonly pid: number | null;
  readonly application: string | null;
  readonly since: Date | null;
}

/** A session of PostgreSQL that others wait for, as far as the role `orders` may see. */
export interface Blocker {
  /** 0 is a prepared transaction. */
  readonly pid: number;
  readonly application: string | null;
  readonly since: Date | null;
}

/** Finds who keeps this role's sessions waiting for a lock of any kind, and waits for nobody itself. */
export async function findBlocker(db: Database): Promise<Blocker | undefined> {
  const { rows } = await sql<Blocker>`
    select blocker.pid, nullif(application_name, '') as application, xact_start as since
    from (
      select unnest(pg_blocking_pids(pid)) as pid from pg_stat_activity
      where datname = current_database() and usename = current_user and wait_event_type = 'Lock'
    ) as blocker
    left join pg_stat_activity on pg_stat_activity.pid = blocker.pid
    where pg_blocking_pids(blocker.pid) = '{}'
    limit 1`.execute(db);
  return rows[0];
}

/**
 * Finds who locks orders. PostgreSQL has no list of row locks: a locked row holds the id of the transaction that has
 * locked it, and each transaction holds a lock on its own id.
 */
export async function findLockHolders(db: Database, orderIds: readonly string[]): Promise<LockedOrder[]> {
  const { rows } = await sql<LockedOrder>`
    select order_id, pg_locks.pid, nullif(application_name, '') as application, xact_start as since
    from orders
    left join pg_locks on locktype = 'transactionid' and transactionid = orders.xmax and granted
    left join pg_stat_activity on pg_stat_activity.pid = pg_locks.pid
    where order_id = any(${orderIds}::uuid[])
    order by order_id`.execute(db);
  return rows;
}
