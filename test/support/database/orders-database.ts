import type { Idempotency, Replayable } from '@gozon/postgres-idempotency';
import { sql } from 'kysely';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { placeOrder } from '#orders/order/place-order.ts';
import type { OrdersTables } from '#orders/schema.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import type { OpenDatabase } from '#platform/postgres/database.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createScratchDatabase } from '../databases.ts';

export const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

export interface OrderToPlace {
  readonly userId?: string;
  readonly amount?: bigint;
  readonly captureWithin?: number;
  readonly idempotency?: Idempotency;
  readonly hintRelay?: () => void;
  readonly mostUndecided?: number;
  readonly tracestate?: string;
}

/** An orders database of the suite's own, and what its tests ask of it again and again. */
export interface Shop extends AsyncDisposable {
  readonly url: string;
  /** As the role workflows. */
  readonly workflowsUrl: string;
  /** As the service orders. */
  readonly db: OpenDatabase<OrdersTables>;
  /** As the relay. */
  readonly workflowsDb: OpenDatabase<unknown>;
  place(order?: OrderToPlace): Promise<Replayable<OrderReply>>;
  statusOf(orderId: string): Promise<OrderStatus | undefined>;
  /** The statuses that an order's events tell of, in order. */
  eventsOf(orderId: string): Promise<string[]>;
  /** How many rows a table has. */
  count(table: 'orders' | 'outbox' | 'order_events' | 'idempotency_keys' | 'inbox'): Promise<number>;
}

export async function openShop(): Promise<Shop> {
  await using stack = new AsyncDisposableStack();
  const scratch = stack.use(await createScratchDatabase('orders'));
  const options = { name: 'test', log: createLogger('test', 'fatal') };
  const db = stack.use(openDatabase<OrdersTables>({ ...options, url: scratch.url }));
  const workflowsDb = stack.use(openDatabase({ ...options, url: scratch.workflowsUrl }));
  const opened = stack.move();
  return {
    url: scratch.url,
    workflowsUrl: scratch.workflowsUrl,
    db,
    workflowsDb,
    place: async ({
      userId = newId(),
      amount = 1250n,
      captureWithin,
      idempotency,
      hintRelay = () => {},
      mostUndecided = 1_000,
      tracestate,
    } = {}) =>
      placeOrder(
        db,
        {
          userId,
          amount,
          currency: 'EUR',
          description: undefined,
          captureWithin,
          traceparent: TRACEPARENT,
          tracestate,
          idempotency,
        },
        { mostUndecided, hint: hintRelay },
      ),
    async statusOf(orderId) {
      const row = await db
        .selectFrom('orders')
        .select('status')
        .where('orderId', '=', orderId)
        .executeTakeFirst();
      return row?.status;
    },
    async eventsOf(orderId) {
      const { rows } = await sql<{ status: string }>`
        select status from order_events where order_id = ${orderId} order by event_id`.execute(db);
      return rows.map(({ status }) => status);
    },
    async count(table) {
      const { rows } = await sql<{
        rows: number;
      }>`select count(*)::int as rows from ${sql.table(table)}`.execute(db);
      return rows[0]?.rows ?? 0;
    },
    [Symbol.asyncDispose]: async () => opened.disposeAsync(),
  };
}
