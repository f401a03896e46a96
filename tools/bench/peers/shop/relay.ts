import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { OrderToDebit } from './events.ts';
import { log } from './peer-settings.ts';

export interface Relay<Row> {
  /** The oldest rows that were not dispatched. */
  readonly find: () => Promise<readonly Row[]>;
  /** May get a row again: it must be repeatable. */
  readonly dispatch: (rows: readonly Row[]) => Promise<unknown>;
  readonly mark: (rows: readonly Row[]) => Promise<unknown>;
  /** Waits for the next look, when there was nothing to do. */
  readonly pause: () => Promise<void>;
}

/** Dispatches what is in an outbox, a batch at a time, and marks it. A crash in between repeats the batch. */
export async function runRelay<Row>({ find, dispatch, mark, pause }: Relay<Row>): Promise<never> {
  for (;;) {
    try {
      const rows = await find();
      if (rows.length > 0) {
        await dispatch(rows);
        await mark(rows);
      } else await pause();
    } catch (error) {
      log.warn({ err: error }, 'the relay failed, trying again');
      await sleep(1_000);
    }
  }
}

/** The outbox of orders. @param batch how many orders are dispatched together */
export function ordersOutbox(db: pg.Pool, batch: number): Pick<Relay<OrderToDebit>, 'find' | 'mark'> {
  return {
    async find() {
      const { rows } = await db.query<OrderToDebit>({
        name: 'pending',
        text: `
          select order_id as "orderId", user_id as "userId", amount
          from (select order_id, created_at from outbox where dispatched_at is null order by created_at limit $1) pending
          join orders using (order_id) order by pending.created_at`,
        values: [batch],
      });
      return rows;
    },
    mark: async (orders) =>
      db.query({
        name: 'dispatched',
        text: 'update outbox set dispatched_at = clock_timestamp() where order_id = any($1::uuid[])',
        values: [orders.map(({ orderId }) => orderId)],
      }),
  };
}
