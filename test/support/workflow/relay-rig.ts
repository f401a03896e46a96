import { createInFlight } from '@gozon/temporal-outbox';
import { createWakeUp } from '@gozon/timing';
import type { WakeUp } from '@gozon/timing';
import { sql } from 'kysely';
import type { DecisionPayload } from '#contracts/values/decision.ts';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { createHealth } from '#platform/process/health.ts';
import type { Health, RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import type { TemporalAccess } from '#temporal-config/access.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { OrderToPay, PaymentActivities } from '#workflows/payment/activities.ts';
import { runPayments } from '#workflows/run-payments.ts';
import type { RunPaymentsOptions } from '#workflows/run-payments.ts';
import { openShop } from '../database/orders-database.ts';
import type { Shop } from '../database/orders-database.ts';
import { openDevServer } from './dev-server.ts';
import type { DevServer } from './dev-server.ts';
import { orUnexpected } from './unexpected-activities.ts';
import { workflowBundle } from './workflow-bundle.ts';

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
  /** Of the relays, one after the other. */
  readonly states: RoleState[];
  readonly health: Health;
}

/** Real orders, a real server, and between them relay and worker, composed as in the service. */
export interface RelayRig extends AsyncDisposable {
  readonly shop: Shop;
  readonly server: DevServer;
  /** Orders that are due to be paid. */
  place(count: number): Promise<string[]>;
  rows(orderIds: readonly string[]): Promise<OutboxRow[]>;
  /** Resolves when all of the orders are dispatched. */
  untilDispatched(orderIds: readonly string[]): Promise<OutboxRow[]>;
  /** Runs relay and worker, or several copies of them, until `use` is done. */
  run<Result>(options: RunOptions, use: (run: RelayRun) => Promise<Result>): Promise<Result>;
}

export interface RunOptions extends Pick<RunPaymentsOptions, 'stuck'> {
  readonly activities?: Partial<PaymentActivities>;
  /** How Temporal is reached; by default as the rig's own client reaches it. */
  readonly access?: TemporalAccess;
  /** Workflows that may be in flight, for each relay. */
  readonly limit?: number;
  readonly copies?: number;
  /** After how many ms a workflow no longer counts as in flight. */
  readonly expiry?: number;
  /** Whether the relays do not hear of reports, as when another process makes them. */
  readonly isDeaf?: boolean;
}

const NEVER = 1e9;

/** @param connect to Temporal, when it is to be reached through something else than directly */
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
    async run(
      {
        activities = {},
        access = server.access,
        limit = 64,
        copies = 1,
        expiry = NEVER,
        isDeaf = false,
        ...options
      },
      use,
    ) {
      const wakeUp = createWakeUp();
      const states: RoleState[] = [];
      const health = createHealth();
      const bundle = await workflowBundle();
      await using running = new AsyncDisposableStack();
      for (let copy = 0; copy < copies; copy++) {
        const inFlight = createInFlight(limit, expiry);
        running.use(
          runPayments({
            ...options,
            ordersDb: shop.workflowsDb,
            activities: orUnexpected({ debit: completeAll, report: async () => {}, ...activities }),
            access,
            namespace: server.namespace,
            workflowBundle: bundle,
            wakeUp,
            health: {
              role: (name) =>
                name === HEALTH_ROLES.relay ? (state) => states.push(state) : health.role(name),
            },
            log: createLogger('test', 'silent'),
            inFlight: isDeaf ? { ...inFlight, complete: () => {} } : inFlight,
          }),
        );
      }
      return await use({ wakeUp, states, health });
    },
    [Symbol.asyncDispose]: async () => opened.disposeAsync(),
  };
}

async function completeAll(order: OrderToPay): Promise<DecisionPayload> {
  return complete(order);
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
