import { sql } from 'kysely';
import type { DecisionPayload } from '#contracts/values/decision.ts';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import type { RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createWakeUp } from '#platform/timing/wake-up.ts';
import type { WakeUp } from '#platform/timing/wake-up.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { OrderToPay, PaymentActivities } from '#workflows/payment/activities.ts';
import { PAYMENT_KINDS } from '#workflows/payment/payment-kinds.ts';
import { createInFlight } from '#workflows/relay/in-flight.ts';
import { startRelay } from '#workflows/relay/relay.ts';
import { openShop } from '../database/orders-database.ts';
import type { Shop } from '../database/orders-database.ts';
import { openDevServer } from './dev-server.ts';
import type { DevServer } from './dev-server.ts';

export interface OutboxRow {
  readonly orderId: string;
  readonly attempts: number;
  readonly isDue: boolean;
  readonly isDispatched: boolean;
  readonly startedEagerly: boolean | null;
  readonly runId: string | null;
  readonly lastError: string | null;
}

export interface RelayRun {
  readonly wakeUp: WakeUp;
  readonly states: RoleState[];
  /** Starts that were tried. */
  tried: number;
}

/** Real orders, a real server, and between them the relay as it is deployed: on one connection with its worker. */
export interface RelayRig extends AsyncDisposable {
  readonly shop: Shop;
  readonly server: DevServer;
  /** Orders that are due to be paid. */
  place(count: number): Promise<string[]>;
  rows(orderIds: readonly string[]): Promise<OutboxRow[]>;
  /** Resolves when all of the orders are dispatched. */
  untilDispatched(orderIds: readonly string[]): Promise<OutboxRow[]>;
  /** Runs a worker and a relay, or several, until `use` is done. */
  run<Result>(options: RunOptions, use: (run: RelayRun) => Promise<Result>): Promise<Result>;
}

export interface RunOptions {
  readonly activities?: Partial<PaymentActivities>;
  /** Workflows that may be in flight, for each relay. */
  readonly limit?: number;
  readonly relays?: number;
  /** After how many ms a workflow no longer counts as in flight. */
  readonly expiry?: number;
  /** Whether the relays do not hear of reports, as when another process makes them. */
  readonly isDeaf?: boolean;
}

const NEVER = 1e9;

export async function openRelayRig(connect: typeof openDevServer = openDevServer): Promise<RelayRig> {
  await using stack = new AsyncDisposableStack();
  const [server, shop] = await Promise.all([connect(), openShop()]);
  stack.use(server);
  stack.use(shop);
  const opened = stack.move();
  const rows = async (orderIds: readonly string[]) => findRows(shop, orderIds);
  return {
    shop,
    server,
    place: async (count) =>
      Promise.all(Array.from({ length: count }, async () => (await shop.place()).reply.orderId)),
    rows,
    untilDispatched: async (orderIds) =>
      eventually(
        'all orders to be dispatched',
        async () => {
          const found = await rows(orderIds);
          return found.length === orderIds.length && found.every(({ isDispatched }) => isDispatched) && found;
        },
        { within: 60_000 },
      ),
    async run({ activities = {}, limit = 64, relays = 1, expiry = NEVER, isDeaf = false }, use) {
      const inFlight = Array.from({ length: relays }, () => createInFlight(limit, expiry));
      const debit = activities.debit ?? (async (order) => complete(order));
      const worker = await server.worker({
        debit,
        async report(report) {
          await activities.report?.(report);
          if (!isDeaf) for (const one of inFlight) one.release(paymentWorkflowId(report.decision.orderId));
        },
      });
      return worker.runUntil(async () => {
        await using running = new AsyncDisposableStack();
        const run: RelayRun = { wakeUp: createWakeUp(), states: [], tried: 0 };
        for (const one of inFlight) {
          running.use(
            startRelay({
              db: shop.workflowsDb,
              workflows: server.client.workflow,
              kinds: PAYMENT_KINDS,
              inFlight: one,
              wakeUp: run.wakeUp,
              log: createLogger('test', 'silent'),
              onState: (state) => run.states.push(state),
              onTried: () => (run.tried += 1),
            }),
          );
        }
        return await use(run);
      });
    },
    [Symbol.asyncDispose]: async () => opened.disposeAsync(),
  };
}

/** The decision that completes an order's payment. */
export function complete({ orderId, userId, amount, currency }: OrderToPay): DecisionPayload {
  return { orderId, userId, amount, currency, outcome: 'completed', decidedAt: '2026-03-01T12:00:00.000Z' };
}

async function findRows({ db }: Shop, orderIds: readonly string[]): Promise<OutboxRow[]> {
  const { rows } = await sql<OutboxRow>`
    select payload ->> 'orderId' as order_id, attempts, due_at <= now() as is_due, dispatched_at is not null as is_dispatched,
           started_eagerly, run_id, last_error
    from outbox where workflow_id = any(${orderIds.map(paymentWorkflowId)}::text[]) order by outbox_id`.execute(
    db,
  );
  return rows;
}
