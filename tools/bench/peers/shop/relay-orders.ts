import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { OrderToDebit } from './events.ts';
import { log } from './peer-settings.ts';

export interface RelayOptions {
  readonly db: pg.Pool;
  /** How many orders are dispatched together. */
  readonly batch: number;
  /** Waits for the next look, when the outbox was empty. */
  readonly pause: () => Promise<void>;
  /** May get an order again: it must be repeatable. */
  readonly dispatch: (orders: readonly OrderToDebit[]) => Promise<unknown>;
}

/** Dispatches what is in the outbox, a batch at a time, and marks it. A crash in between repeats the batch. */
export async function relayOrders({ db, batch, pause, dispatch }: RelayOptions): Promise<never> {
  for (;;) {
    try {
      const { rows } = await db.query<OrderToDebit>({
        name: 'pending',
        text: `
          select order_id as "orderId", user_id as "userId", amount
          from (select order_id, created_at from outbox where dispatched_at is null order by created_at limit $1) pending
          join orders using (order_id) order by pending.created_at`,
        values: [batch],
      });
      if (rows.length === 0) {
        await pause();
        continue;
      }
      await dispatch(rows);
      await db.query({
        name: 'dispatched',
        text: 'update outbox set dispatched_at = clock_timestamp() where order_id = any($1::uuid[])',
        values: [rows.map(({ orderId }) => orderId)],
      });
    } catch (error) {
      log.warn({ err: error }, 'the relay failed, trying again');
      await sleep(1_000);
    }
  }
}
