import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { newId } from '#contracts/values/ids.ts';
import { ORDER_STATUSES } from '#contracts/values/order-status.ts';
import { createGracePeriod } from '#operations/audit/grace-period.ts';
import { findLastPosting } from '#operations/audit/ledger.queries.ts';
import { createOutboxCheck, createUndecidedCheck } from '#operations/audit/liveness.ts';
import { findLatest } from '#operations/audit/orders.queries.ts';
import { scanAccounts, scanPostings } from '#operations/audit/scan-ledger.ts';
import { scanOrders } from '#operations/audit/scan-orders.ts';
import type { Scan } from '#operations/audit/scan.ts';
import {
  findDecisionsAfter,
  findEventSignatures,
  findExisting,
  findIdOfAge,
} from '#operations/reconcile/reconcile.queries.ts';
import { findFlow } from '#operations/system/flow.queries.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { getOrder, listOrders } from '#orders/order/get-orders.ts';
import { findLockHolders } from '#orders/payment-events/lock-holders.queries.ts';
import { applyPaymentEvents } from '#orders/payment-events/payment-events.queries.ts';
import {
  findEnds,
  findEvents,
  findEventsOfUser,
  positionEvents,
} from '#orders/stream/order-stream.queries.ts';
import { findEventRows, findOutboxRows, findRefundRows } from '#orders/timeline/timeline.queries.ts';
import { ordersRetention } from '#orders/upkeep/orders-retention.ts';
import { sweepUndecided } from '#orders/upkeep/sweep-undecided.ts';
import { countOverdue } from '#orders/upkeep/sweep.queries.ts';
import { getAccount } from '#payments/account/get-account.ts';
import { getStatement } from '#payments/account/get-statement.ts';
import { listAccounts } from '#payments/account/list-accounts.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { cancelPayment } from '#payments/payment/cancel-payment.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { getDecision } from '#payments/payment/get-decision.ts';
import { purgeIdempotencyKeys } from '#platform/postgres/idempotency.queries.ts';
import { eventRow } from '#test/support/database/event-rows.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { cancelWish, payWish } from '#test/support/database/signing.ts';
import { tablesScanned } from '#test/support/database/tables-scanned.ts';
import { FROM_THE_FIRST, claimDueRows, claimOfOtherKeys } from '#workflows/relay/claim.queries.ts';
import {
  findBacklog,
  findFailing,
  hasOverdueRows,
  setDispatched,
  setDue,
  setFailed,
  setFailedDue,
} from '#workflows/relay/outbox.queries.ts';

/** In each table that grows. */
const ROWS = 100_000;
/** The others hold one row each. */
const GROWING = new Set([
  'orders',
  'order_events',
  'outbox',
  'inbox',
  'idempotency_keys',
  'accounts',
  'decisions',
  'postings',
]);

const MIDDLE_ID = '80000000-0000-0000-0000-000000000000';
const LAST_ID = 'fff00000-0000-0000-0000-000000000000';
const KINDS = ['pay', 'cancel'];
const DAYS = 20;
/** The least and the most that a client may ask for. */
const LIMITS = [1, 100];

/** How many rows of one table a statement may read. A page of the audit has 1,000 orders, each of a few rows. */
const MOST = ROWS / 10;

describe('with 100,000 rows in each table, none is read from end to end', function () {
  this.timeout(300_000);
  const stack = new AsyncDisposableStack();
  let shop: Shop;
  let ledger: Ledger;
  let orderId: string;
  let undecided: string;
  let userId: string;
  let position: bigint;
  before('the tables are filled', async () => {
    shop = stack.use(await openShop());
    ledger = stack.use(await openLedger());
    const orders = await open(shop.url);
    await fillOrders(orders);
    const paid = await first<{ order_id: string; user_id: string; position: string }>(
      orders,
      `select order_id, user_id, position from orders join order_events using (order_id, user_id)
       where orders.status = 'paid' order by order_id offset ${ROWS / 2} limit 1`,
    );
    ({ order_id: orderId, user_id: userId } = paid);
    position = BigInt(paid.position);
    const late = await first<StoredOrder>(orders, `select * from orders where status = 'created' limit 1`);
    undecided = late.order_id;
    const { rows: all } = await orders.query<StoredOrder>(
      'select order_id, user_id, status, created_at from orders',
    );
    await fillPayments(await open(ledger.url), all);
  });
  after(async () => stack.disposeAsync());

  async function open(url: string): Promise<pg.Client> {
    const client = await openClient(url);
    stack.defer(async () => client.end());
    return client;
  }

  async function first<Row extends pg.QueryResultRow>(client: pg.Client, query: string): Promise<Row> {
    const { rows } = await client.query<Row>(query);
    return rows[0] ?? assert.fail('there is no such row');
  }

  const keys = { mostOfKey: 4, inFlight: new Map([['somebody', 4]]) };
  const claim = { kinds: KINDS, limit: 64, lease: 10_000, keys, from: FROM_THE_FIRST };
  const orderIds = Array.from({ length: 1_000 }, () => newId());
  const gracePeriod = createGracePeriod();
  const auditedOrders = () =>
    scanOrders({ ordersDb: shop.workflowsDb, paymentsDb: ledger.workflowsDb }, gracePeriod);
  const auditedPostings = () => scanPostings(ledger.workflowsDb);
  const payment = () => ({ orderId: newId(), userId, amount: 1n, currency: 'EUR' });

  const queries: Record<string, Record<string, () => Promise<unknown>>> = {
    'a request to orders': {
      ...Object.fromEntries(
        [undefined, ...ORDER_STATUSES].flatMap((status) =>
          LIMITS.flatMap((limit) => [
            [
              `${limit} orders that are ${status ?? 'of any status'}`,
              async () => listOrders(shop.db, { userId, status, limit }),
            ],
            [
              `${limit} that are ${status ?? 'of any status'} further down`,
              async () => listOrders(shop.db, { userId, status, limit, cursor: orderId }),
            ],
          ]),
        ),
      ),
      'an order': async () => getOrder(shop.db, userId, orderId),
      'an order that is placed': async () =>
        shop.place({ userId, idempotency: { key: newId(), requestHash: hashOf('new') } }),
      'a cancel': async () =>
        cancelOrder(shop.db, { userId, orderId, traceparent: TRACEPARENT, idempotency: undefined }, () => {}),
      'the events of a timeline': async () => findEventRows(shop.db, orderId),
      'the outbox rows of a timeline': async () => findOutboxRows(shop.db, orderId),
      'the refunds of a timeline': async () => findRefundRows(shop.db, orderId),
      'a replay': async () => findEventsOfUser(shop.db, userId, { after: 0n, upTo: position, limit: 100 }),
    },
    'a request to payments': {
      'the accounts': async () => listAccounts(ledger.db, userId),
      'an account': async () => getAccount(ledger.db, userId),
      ...Object.fromEntries(
        LIMITS.flatMap((limit) => [
          [`${limit} of the statement`, async () => getStatement(ledger.db, { userId, limit })],
          [
            `${limit} further down`,
            async () => getStatement(ledger.db, { userId, limit, cursor: String(ROWS) }),
          ],
        ]),
      ),
      'a top-up': async () =>
        topUpAccount(ledger.db, {
          userId,
          amount: 1n,
          idempotency: { key: newId(), requestHash: hashOf('new') },
        }),
      'a decision': async () => getDecision(ledger.db, userId, orderId),
    },
    'a step of a payment': {
      'a debit': async () => debitAccount(ledger.workflowsDb, payWish(payment())),
      'a debit again': async () => debitAccount(ledger.workflowsDb, payWish({ ...payment(), orderId })),
      'a refund': async () => cancelPayment(ledger.workflowsDb, cancelWish({ ...payment(), orderId })),
      'an event that is applied': async () =>
        applyPaymentEvents(shop.db, [eventOf(undecided), eventOf(newId())]),
      'the holder of a lock': async () => findLockHolders(shop.db, [orderId]),
    },
    'the stream of changes': {
      'its ends': async () => findEnds(shop.db),
      'all that is kept': async () => findEvents(shop.db, { after: 0n, limit: 500 }),
      'what is new': async () => findEvents(shop.db, { after: position, limit: 500 }),
      'new positions': async () => positionEvents(shop.db, { after: position, limit: 500 }),
    },
    'the relay': {
      'a claim': async () => claimDueRows(shop.workflowsDb, claim),
      'a claim of other keys': async () => claimOfOtherKeys(shop.workflowsDb, { ...claim, after: '' }),
      'a mark': async () =>
        setDispatched(shop.workflowsDb, [{ outboxId: 10n, sweeps: 0, runId: newId(), startedEagerly: true }]),
      'a failure': async () => setFailed(shop.workflowsDb, { outboxId: 10n, error: 'no', retryIn: 1_000 }),
      'a row that is handed back': async () => setDue(shop.workflowsDb, [10n, 20n]),
      'failed rows that are made due': async () => setFailedDue(shop.workflowsDb),
      'overdue rows': async () => hasOverdueRows(shop.workflowsDb, { kinds: KINDS, seconds: 10 }),
      'the backlog': async () => findBacklog(shop.workflowsDb, 10),
      'failing rows': async () => findFailing(shop.workflowsDb, 20),
    },
    'the sweep': {
      'a sweep': async () => sweepUndecided({ db: shop.db, after: 60, hint: () => {} }),
      'what is overdue': async () => countOverdue(shop.db, 60),
    },
    'the repair of lost events': {
      'orders that are asked again': async () => findExisting(shop.workflowsDb, orderIds),
      'signatures of lost events': async () => findEventSignatures(ledger.workflowsDb, orderIds),
      'where to begin': async () => findIdOfAge(shop.workflowsDb, 60_000),
      'decisions behind the last order': async () =>
        findDecisionsAfter(ledger.workflowsDb, { after: orderId, upTo: undefined, limit: 1_000 }),
    },
    'the audit': {
      'undecided orders': async () => createUndecidedCheck(shop.workflowsDb, gracePeriod).run(),
      'the outbox': async () => createOutboxCheck(shop.workflowsDb, gracePeriod).run(),
      'what is new': async () => {
        await findLatest(shop.workflowsDb);
        await findLastPosting(ledger.workflowsDb);
      },
      ...pages('orders', auditedOrders, [() => orderId, async () => auditedOrders().newest()]),
      ...pages('postings', auditedPostings, [
        () => String(ROWS).padStart(19, '0'),
        async () => auditedPostings().newest(),
      ]),
      ...pages('accounts', () => scanAccounts(ledger.workflowsDb), [() => MIDDLE_ID, () => LAST_ID]),
    },
    'the operator’s page': {
      'the flow of orders': async () => findFlow(shop.workflowsDb, 60),
    },
    'the purge of old rows': {
      'in orders': async () => {
        for (const purge of Object.values(ordersRetention(shop.db, DAYS))) await purge();
      },
      'in payments': async () => purgeIdempotencyKeys(ledger.db),
    },
  };

  for (const [whose, named] of Object.entries(queries)) {
    it(`by ${whose}`, async () => {
      for (const [name, query] of Object.entries(named)) {
        const scanned = await tablesScanned(query, MOST);
        assert.deepEqual(
          scanned.filter(({ table }) => GROWING.has(table)),
          [],
          `${whose}: ${name}`,
        );
      }
    });
  }
});

/** The first page of a scan, and those behind other keys. */
function pages(
  of: string,
  scan: () => Scan,
  keys: readonly (() => string | Promise<string | undefined>)[],
): Record<string, () => Promise<unknown>> {
  return Object.fromEntries(
    [() => scan().start, ...keys].map((key, at) => [
      `${of}, ${['first', 'middle', 'last'][at]} page`,
      async () => scan().checkPage((await key()) ?? assert.fail('there is no newest page')),
    ]),
  );
}

/** A customer has a hundred orders. They are of a month: decided but for some, whose rows wait in the outbox. */
async function fillOrders(client: pg.Client): Promise<void> {
  await client.query(`
    alter table outbox disable trigger user;
    create temporary table placed as
      select n, uuidv7(make_interval(secs => -26 * (${ROWS} - n))) as order_id,
             md5((n % 1000)::text)::uuid as user_id,
             clock_timestamp() - make_interval(secs => 26 * (${ROWS} - n)) as at,
             n % 1000 = 0 as late
      from generate_series(1, ${ROWS}) as n;
    insert into orders (order_id, user_id, amount, currency, status, status_rank, created_at, updated_at)
      select order_id, user_id, 1, 'EUR', case when late then 'created' else 'paid' end,
             case when late then 0 else 1 end, at, at from placed;
    insert into order_events (order_id, user_id, status, position, created_at, detail)
      select order_id, user_id, 'paid', n, at, jsonb_build_object('eventId', order_id || '/decision') from placed;
    insert into outbox (order_id, kind, workflow_id, payload, traceparent, created_at, dispatched_at)
      select order_id, 'pay', 'order-' || order_id, jsonb_build_object('orderId', order_id, 'userId', user_id), '', at,
             case when n % 2000 <> 0 then at end
      from placed;
    insert into inbox (event_id, topic_partition, topic_offset, received_at)
      select order_id || '/decision', 0, n, at from placed;
    insert into idempotency_keys (scope, key, request_hash, reply, created_at)
      select user_id || ' place order', n::text, '', '{}', at from placed;
    analyze`);
}

interface StoredOrder {
  readonly order_id: string;
  readonly user_id: string;
  readonly status: string;
  readonly created_at: Date;
}

/** The decisions of all orders that are paid, an account for each row, and its top-up and debit. */
async function fillPayments(client: pg.Client, orders: readonly StoredOrder[]): Promise<void> {
  const paid = orders.filter(({ status }) => status === 'paid');
  await client.query(
    `create temporary table paid as
       select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as paid (order_id, user_id, at)`,
    [
      paid.map((order) => order.order_id),
      paid.map((order) => order.user_id),
      paid.map((order) => order.created_at),
    ],
  );
  await client.query(`
    insert into accounts (user_id, currency, balance)
      select distinct user_id, 'EUR', 1000 from paid
      union all select gen_random_uuid(), 'EUR', 0 from generate_series(1, ${ROWS});
    insert into decisions (order_id, user_id, amount, currency, outcome, decided_at)
      select order_id, user_id, 1, 'EUR', 'completed', at from paid;
    insert into postings (transfer_id, kind, account, user_id, order_id, amount, balance_after, created_at)
      select (md5(order_id::text))::uuid, 'debit', account, user_id, order_id, amount, balance_after, at
      from paid, (values ('customer', -1, 1000), ('sales', 1, null)) as side (account, amount, balance_after)
      order by order_id;
    insert into idempotency_keys (scope, key, request_hash, reply, created_at)
      select user_id || ' top up', order_id::text, '', '{}', at from paid;
    analyze`);
}

const eventOf = (orderId: string) => eventRow(orderId, 'paid');

const hashOf = (text: string) => createHash('sha256').update(text).digest();
