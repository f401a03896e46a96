import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { newId } from '#contracts/values/ids.ts';
import { ORDER_STATUSES } from '#contracts/values/order-status.ts';
import { createGracePeriod } from '#operations/audit/grace-period.ts';
import { findLastPosting } from '#operations/audit/ledger.queries.ts';
import {
  createOutboxCheck,
  createOverdueHoldsCheck,
  createUndecidedCheck,
} from '#operations/audit/liveness.ts';
import { findLatest } from '#operations/audit/orders.queries.ts';
import { scanAccounts, scanPostings } from '#operations/audit/scan-ledger.ts';
import { scanOrders } from '#operations/audit/scan-orders.ts';
import type { Scan } from '#operations/audit/scan.ts';
import { findFacts, findPaymentsAfter, findSignatures } from '#operations/reconcile/payments.queries.ts';
import { findExisting, findIdOfAge, findOrdersAfter } from '#operations/reconcile/reconcile.queries.ts';
import { findFlow } from '#operations/system/flow.queries.ts';
import { cancelForCustomer } from '#orders/operator/cancel-for-customer.ts';
import { findOrdersOfAll } from '#orders/operator/find-orders.ts';
import { listActions } from '#orders/operator/list-actions.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { captureOrder } from '#orders/order/capture-order.ts';
import { expireOrder } from '#orders/order/expire-order.ts';
import { getOrder, listOrders } from '#orders/order/get-orders.ts';
import { listRefunds, refundOrder } from '#orders/order/refund-order.ts';
import { findLockHolders } from '#orders/payment-events/lock-holders.queries.ts';
import { applyPaymentEvents } from '#orders/payment-events/payment-events.queries.ts';
import {
  findEnds,
  findEvents,
  findEventsOfUser,
  positionEvents,
} from '#orders/stream/order-stream.queries.ts';
import {
  findActionRows,
  findEventRows,
  findOutboxRows,
  findRefundRows,
} from '#orders/timeline/timeline.queries.ts';
import { ordersRetention } from '#orders/upkeep/orders-retention.ts';
import { sweepUndecided } from '#orders/upkeep/sweep-undecided.ts';
import { countOverdue } from '#orders/upkeep/sweep.queries.ts';
import {
  FROM_THE_FIRST,
  claimDueRows,
  claimOfOtherKeys,
} from '#packages/temporal-outbox/src/claim.queries.ts';
import {
  findBacklog,
  findFailing,
  hasOverdueRows,
  setDispatched,
  setDue,
  setFailed,
  setFailedDue,
} from '#packages/temporal-outbox/src/outbox.queries.ts';
import { getAccount } from '#payments/account/get-account.ts';
import { getStatement } from '#payments/account/get-statement.ts';
import { listAccounts } from '#payments/account/list-accounts.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { cancelOrRelease, cancelPayment } from '#payments/payment/cancel-payment.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { findOverdueHolds } from '#payments/payment/facts.queries.ts';
import { getDecision } from '#payments/payment/get-decision.ts';
import { authorizePayment, captureHold } from '#payments/payment/hold-payment.ts';
import { refundPayment } from '#payments/payment/refund-payment.ts';
import { findSettlements } from '#payments/settlement/settlement.queries.ts';
import { purgeKeys } from '#platform/postgres/purge-keys.ts';
import { eventRow } from '#test/support/database/event-rows.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import {
  authorizeWish,
  SIGNING_KEY,
  cancelWish,
  captureWish,
  payWish,
  refundWish,
  releaseWish,
} from '#test/support/database/signing.ts';
import { tablesScanned } from '#test/support/database/tables-scanned.ts';
import { toSignedEvent } from '#tools/testbed/signing.ts';

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
  'holds',
  'refunds',
  'operator_actions',
]);

const MIDDLE_ID = '80000000-0000-0000-0000-000000000000';
const LAST_ID = 'fff00000-0000-0000-0000-000000000000';
const KINDS = ['pay', 'authorize', 'capture', 'release', 'cancel', 'refund'];
/** Of each order, in minor units. */
const AMOUNT = 1_250;
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
  let reserved: StoredOrder;
  let ordersClient: pg.Client;
  let known: string[];
  let refundable: string;
  let userId: string;
  let position: bigint;
  before('the tables are filled', async () => {
    shop = stack.use(await openShop());
    ledger = stack.use(await openLedger());
    const orders = await open(shop.url);
    ordersClient = orders;
    await fillOrders(orders);
    const paid = await first<{ order_id: string; user_id: string; position: string }>(
      orders,
      `select order_id, user_id, position from orders join order_events using (order_id, user_id)
       where orders.status = 'paid' order by order_id offset ${ROWS / 2} limit 1`,
    );
    ({ order_id: orderId, user_id: userId } = paid);
    const other = await first<StoredOrder>(
      orders,
      `select * from orders where status = 'paid' and user_id = '${userId}' and order_id <> '${orderId}' limit 1`,
    );
    refundable = other.order_id;
    position = BigInt(paid.position);
    const late = await first<StoredOrder>(orders, `select * from orders where status = 'created' limit 1`);
    undecided = late.order_id;
    reserved = await first<StoredOrder>(
      orders,
      `select * from orders where status = 'authorized' and cancel_requested_at is null and capture_requested_at is null`,
    );
    const { rows: all } = await orders.query<StoredOrder>(
      'select order_id, user_id, status, created_at, capture_before from orders',
    );
    await fillPayments(await open(ledger.url), all);
    known = all.slice(0, 1_000).map((order) => order.order_id);
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
  const allTime = { from: new Date(0), to: new Date('2100-01-01T00:00:00Z') };
  const gracePeriod = createGracePeriod();
  const auditedOrders = () =>
    scanOrders({ ordersDb: shop.workflowsDb, paymentsDb: ledger.workflowsDb }, gracePeriod);
  const auditedPostings = () => scanPostings(ledger.workflowsDb);
  const payment = () => ({ orderId: newId(), userId, amount: BigInt(AMOUNT), currency: 'EUR' });
  const request = { traceparent: TRACEPARENT, idempotency: undefined };
  /** Accepted once; so that it can be looked at again, it is taken back. */
  const captureAndForget = async () => {
    const { order_id: id, user_id: requestedBy } = reserved;
    await captureOrder(shop.db, { orderId: id, requestedBy, amount: 1n, ...request }, () => {});
    await ordersClient.query(`delete from outbox where workflow_id = 'order-${id}' and kind = 'capture';
      update orders set capture_requested_at = null, capture_requested = null where order_id = '${id}'`);
  };

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
      ...Object.fromEntries(
        [undefined, ...ORDER_STATUSES].flatMap((status) =>
          [true, false].flatMap((ofUser) =>
            [{}, { placedAfter: new Date(0).toISOString(), placedBefore: new Date().toISOString() }].map(
              (within) => [
                `an operator’s 100 orders of ${ofUser ? 'a user' : 'anybody'} that are ${status ?? 'of any status'} ${Object.keys(within).join()}`,
                async () =>
                  findOrdersOfAll(shop.db, { ...(ofUser && { userId }), status, ...within, limit: 100 }),
              ],
            ),
          ),
        ),
      ),
      'an order that an operator looks for': async () =>
        findOrdersOfAll(shop.db, { orderId, userId, status: 'paid', limit: 1 }),
      'what operators did': async () => listActions(shop.db, { limit: 100 }),
      'what operators did to an order': async () => findActionRows(shop.db, orderId),
      'a cancel by an operator': async () =>
        cancelForCustomer(
          shop.db,
          { orderId, actor: userId, as: undefined, reason: 'x', traceparent: TRACEPARENT },
          () => {},
        ),
      'an order': async () => getOrder(shop.db, { userId, readsAll: false }, orderId),
      'an order that is placed': async () =>
        shop.place({ userId, idempotency: { key: newId(), requestHash: hashOf('new') } }),
      'a cancel': async () =>
        cancelOrder(shop.db, { userId, orderId, traceparent: TRACEPARENT, idempotency: undefined }, () => {}),
      'a capture': captureAndForget,
      'a refund': async () =>
        refundOrder(
          shop.db,
          { orderId: refundable, requestedBy: userId, amount: 1n, reason: undefined, ...request },
          () => {},
        ),
      'the refunds of an order': async () => listRefunds(shop.db, { userId, readsAll: false }, orderId),
      'the end of a hold': async () => expireOrder(shop.workflowsDb, endOf(reserved)),
      'the events of a timeline': async () => findEventRows(shop.db, orderId),
      'the outbox rows of a timeline': async () => findOutboxRows(shop.db, orderId),
      'the refunds of a timeline': async () => findRefundRows(shop.db, orderId),
      'a replay': async () => findEventsOfUser(shop.db, userId, { after: 0n, upTo: position, limit: 100 }),
    },
    'a request to payments': {
      'the accounts': async () => listAccounts(ledger.db, userId),
      'a page of a statement that is exported': async () => getStatement(ledger.db, { userId, limit: 1_000 }),
      'a page of what was settled': async () =>
        findSettlements(ledger.db, allTime, { after: undefined, limit: 1_000 }),
      'a page of what was settled further down': async () => {
        const [after] = await findSettlements(ledger.db, allTime, { after: undefined, limit: 1 });
        return findSettlements(ledger.db, allTime, { after, limit: 1_000 });
      },
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
      'a hold': async () => authorizePayment(ledger.workflowsDb, authorizeWish(payment())),
      'a hold again': async () =>
        authorizePayment(ledger.workflowsDb, authorizeWish({ ...payment(), orderId })),
      'a capture': async () => {
        const order = payment();
        await authorizePayment(ledger.workflowsDb, authorizeWish(order));
        await captureHold(ledger.workflowsDb, captureWish(order, 1n));
      },
      'a release': async () => cancelOrRelease(ledger.workflowsDb, releaseWish({ ...payment(), orderId })),
      'a refund of a part': async () =>
        refundPayment(ledger.workflowsDb, refundWish({ ...payment(), orderId: refundable }, 1n)),
      'holds past their end': async () => findOverdueHolds(ledger.workflowsDb, 15, 100),
      'an event that is applied': async () =>
        applyPaymentEvents(shop.db, [eventOf(undecided), eventOf(newId())]),
      'a refund that is applied': async () =>
        applyPaymentEvents(shop.db, [eventRow(refundable, 'refunded', { refundId: newId(), refunded: 1 })]),
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
        setDispatched(shop.workflowsDb, [
          { outboxId: '10', sweeps: 0, runId: newId(), startedEagerly: true },
        ]),
      'a failure': async () => setFailed(shop.workflowsDb, { outboxId: '10', error: 'no', retryIn: 1_000 }),
      'a row that is handed back': async () => setDue(shop.workflowsDb, ['10', '20']),
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
      'orders that are asked again': async () => findExisting(shop.workflowsDb, known),
      'lost events': async () => findFacts(ledger.workflowsDb, known),
      'the signatures of dead letters': async () => findSignatures(ledger.workflowsDb, known),
      'orders behind an order': async () => findOrdersAfter(shop.workflowsDb, orderId, 1_000),
      'where to begin': async () => findIdOfAge(shop.workflowsDb, 60_000),
      'payments behind the last order': async () =>
        findPaymentsAfter(ledger.workflowsDb, { after: orderId, upTo: undefined, limit: 1_000 }),
    },
    'the audit': {
      'late orders and requests': async () => createUndecidedCheck(shop.workflowsDb, gracePeriod).run(),
      'overdue holds': async () => createOverdueHoldsCheck(ledger.workflowsDb, gracePeriod).run(),
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
      'in payments': async () => purgeKeys(ledger.db),
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

/**
 * A customer has a hundred orders. They are of a month: paid but for some, whose rows wait in the outbox, that are reserved,
 * or that wait for their capture or release. Each that is paid has a refund, and some of these wait.
 */
async function fillOrders(client: pg.Client): Promise<void> {
  await client.query(`
    alter table outbox disable trigger user;
    create temporary table placed as
      select n, uuidv7(make_interval(secs => -26 * (${ROWS} - n))) as order_id,
             md5((n % 1000)::text)::uuid as user_id,
             clock_timestamp() - make_interval(secs => 26 * (${ROWS} - n)) as at,
             case when n % 1000 = 0 then 'created' when n % 1000 in (1, 2, 3) then 'authorized' else 'paid' end as status
      from generate_series(1, ${ROWS}) as n;
    insert into orders (order_id, user_id, amount, currency, status, status_rank, created_at, updated_at,
        capture_method, capture_within, capture_before, capture_requested_at, capture_requested, cancel_requested_at,
        amount_captured)
      select order_id, user_id, ${AMOUNT}, 'EUR', status, case status when 'created' then 0 else 1 end, at, at,
             case status when 'authorized' then 'manual' else 'automatic' end,
             case status when 'authorized' then 604800 end,
             case status when 'authorized' then now() + interval '7 days' end,
             case when n % 1000 = 1 then at end, case when n % 1000 = 1 then 1 end, case when n % 1000 = 2 then at end,
             case status when 'paid' then ${AMOUNT} end
      from placed;
    insert into refunds (refund_id, order_id, amount, created_at, refunded_at)
      select md5('refund ' || n)::uuid, order_id, 1, at, case when n % 1000 <> 4 then at end
      from placed where status = 'paid';
    insert into order_events (order_id, user_id, status, position, created_at, detail)
      select order_id, user_id, 'paid', n, at, jsonb_build_object('eventId', order_id || '/decision') from placed;
    insert into outbox (order_id, kind, workflow_id, payload, traceparent, created_at, dispatched_at)
      select order_id, 'pay', 'order-' || order_id, jsonb_build_object('orderId', order_id, 'userId', user_id), '', at,
             case when n % 2000 <> 0 then at end
      from placed;
    insert into inbox (event_id, topic_partition, topic_offset, received_at)
      select order_id || '/decision', 0, n, at from placed;
    insert into operator_actions (actor, action, order_id, reason)
      select user_id, 'cancel', order_id, 'asked' from placed;
    insert into idempotency_keys (scope, key, request_hash, reply, created_at)
      select user_id || ' place order', n::text, '', '{}', at from placed;
    analyze`);
}

interface StoredOrder {
  readonly order_id: string;
  readonly user_id: string;
  readonly status: string;
  readonly created_at: Date;
  readonly capture_before: Date | null;
}

/**
 * The decisions of all orders that are paid, an account for each row, and its top-up, debit, hold and refund. A decision has
 * a debit or a hold: for the plans it may have both.
 */
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
      select distinct user_id, 'EUR', 1000000 from paid
      union all select gen_random_uuid(), 'EUR', 0 from generate_series(1, ${ROWS});
    insert into decisions (order_id, user_id, amount, currency, outcome, decided_at)
      select order_id, user_id, ${AMOUNT}, 'EUR', 'completed', at from paid;
    insert into holds (order_id, user_id, amount, capture_before, closed_at, captured)
      select order_id, user_id, ${AMOUNT}, at + interval '7 days', case when n % 1000 <> 0 then at end,
             case when n % 1000 <> 0 then ${AMOUNT} end
      from (select *, row_number() over (order by order_id) as n from paid) as numbered;
    insert into refunds (refund_id, order_id, user_id, amount, total, refunded_at)
      select md5('refund ' || order_id)::uuid, order_id, user_id, 1, 1, at from paid;
    insert into postings (transfer_id, kind, account, user_id, order_id, amount, balance_after, created_at)
      select (md5(order_id::text))::uuid, 'debit', account, user_id, order_id, amount, balance_after, at
      from paid, (values ('customer', -${AMOUNT}, 1000000), ('sales', ${AMOUNT}, null)) as side (account, amount, balance_after)
      order by order_id;
    insert into idempotency_keys (scope, key, request_hash, reply, created_at)
      select user_id || ' top up', order_id::text, '', '{}', at from paid;
    analyze`);
}

/** The hold of an order, as payments would sign it. */
function endOf({ order_id: orderId, user_id: userId, capture_before: end }: StoredOrder) {
  const captureBefore = end?.toISOString() ?? '';
  const fact = {
    type: 'payment.authorized',
    orderId,
    userId,
    amount: BigInt(AMOUNT),
    currency: 'EUR',
  } as const;
  const { signature = '' } = toSignedEvent({ ...fact, captureBefore, time: captureBefore }, SIGNING_KEY);
  return { orderId, captureBefore, signature };
}

const eventOf = (orderId: string) => eventRow(orderId, 'paid');

const hashOf = (text: string) => createHash('sha256').update(text).digest();
