import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { OrderPayment, RecordedFact } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import type { CancellationReason } from '#contracts/values/order-status.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { DECIDED_OTHERWISE, NOT_ALLOWED } from '#payments/errors.ts';
import { cancelOrRelease } from '#payments/payment/cancel-payment.ts';
import { authorizePayment, captureHold } from '#payments/payment/hold-payment.ts';
import { refundPayment } from '#payments/payment/refund-payment.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { authorizeWish, captureWish, refundWish, releaseWish } from '#test/support/database/signing.ts';

const ORDERS = 4;
const REFUNDS = 3;

/** What can be asked about one account; orders and refunds are numbered, so that repeats are of the same one. */
type Command =
  | { readonly kind: 'top up'; readonly amount: bigint }
  | { readonly kind: 'authorize'; readonly order: number }
  | { readonly kind: 'capture'; readonly order: number; readonly amount: bigint }
  | { readonly kind: 'release'; readonly order: number; readonly reason: CancellationReason }
  | { readonly kind: 'refund'; readonly order: number; readonly refund: number; readonly amount: bigint };

const prices = fc.array(fc.bigInt(1n, 500n), { minLength: ORDERS, maxLength: ORDERS });
const order = fc.integer({ min: 0, max: ORDERS - 1 });
const part = fc.bigInt(1n, 500n);
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant('top up' as const), amount: part }),
  fc.record({ kind: fc.constant('authorize' as const), order }),
  fc.record({ kind: fc.constant('authorize' as const), order }),
  fc.record({ kind: fc.constant('capture' as const), order, amount: part }),
  fc.record({
    kind: fc.constant('release' as const),
    order,
    reason: fc.constantFrom('requested' as const, 'expired' as const),
  }),
  fc.record({
    kind: fc.constant('refund' as const),
    order,
    refund: fc.integer({ min: 0, max: REFUNDS - 1 }),
    amount: part,
  }),
);
const commands = fc.array(command, { minLength: 1, maxLength: 24 });

/** What came of a command, in words. */
type Outcome = string;
const REFUSED = 'refused';

describe('the holds of one account', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger({ size: 24 });
  });
  after(async () => ledger[Symbol.asyncDispose]());

  async function openAccount(opening: bigint, each: readonly bigint[]) {
    const userId = await ledger.openAccount(opening);
    const orders = each.map((amount): OrderPayment => ({
      orderId: newId(),
      userId,
      amount,
      currency: 'EUR',
    }));
    const refundIds = orders.map(() => Array.from({ length: REFUNDS }, newId));
    const db = ledger.workflowsDb;
    const ask = async (one: Command): Promise<Outcome> => {
      if (one.kind === 'top up') {
        await topUpAccount(ledger.db, { userId, amount: one.amount, idempotency: undefined });
        return 'topped up';
      }
      const about = orders[one.order] ?? assert.fail(`there is no order ${one.order}`);
      switch (one.kind) {
        case 'authorize':
          return outcomeOf(await authorizePayment(db, authorizeWish(about)));
        case 'capture':
          return outcomeOf(await captureHold(db, captureWish(about, one.amount)));
        case 'release':
          return outcomeOf(await cancelOrRelease(db, releaseWish(about, { reason: one.reason })));
        default: {
          const id = refundIds[one.order]?.[one.refund];
          const made = await refundPayment(db, refundWish(about, one.amount, id));
          return `refunded ${made.refundAmount}, ${made.amountRefunded} of ${made.amountCaptured}`;
        }
      }
    };
    const execute = async (one: Command): Promise<Outcome> =>
      ask(one).catch((error: unknown) => {
        // Without what was taken there is nothing to give back: the database finds no such row.
        const isRefused = [NOT_ALLOWED, DECIDED_OTHERWISE].includes(refusalCode(error) ?? '');
        if (!isRefused && one.kind !== 'refund') throw error;
        return REFUSED;
      });
    return { userId, orders, execute };
  }

  it('do as a model of them does, whatever is asked for in turn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 1_000n), prices, commands, async (opening, each, all) => {
        const { userId, execute } = await openAccount(opening, each);
        const model = createModel(opening, each);
        for (const one of all) {
          assert.equal(await execute(one), model.execute(one), JSON.stringify(one, withText));
          const account = await accountOf(userId);
          assert.deepEqual([account.balance, account.held], model.account());
        }
        await checkRows(userId);
      }),
      { numRuns: 40 },
    );
  });

  it('add up, whatever captures, releases, ends, refunds and repeats meet', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 1_000n), prices, commands, async (opening, each, all) => {
        const { userId, orders, execute } = await openAccount(opening, each);
        // So that there is something to fight for.
        for (const [index] of orders.entries()) await execute({ kind: 'authorize', order: index });
        await Promise.all([...all, ...all].map(execute));
        await checkRows(userId);
      }),
      { numRuns: 40 },
    );
  });

  async function accountOf(userId: string) {
    return ledger.db
      .selectFrom('accounts')
      .selectAll()
      .where('userId', '=', userId)
      .executeTakeFirstOrThrow();
  }

  /** By the rows alone: holds, refunds, postings and the account say the same, and nothing was taken or given twice. */
  async function checkRows(userId: string): Promise<void> {
    const { balance, held } = await accountOf(userId);
    const holds = await ledger.db.selectFrom('holds').selectAll().where('userId', '=', userId).execute();
    const refunds = await ledger.db.selectFrom('refunds').selectAll().where('userId', '=', userId).execute();
    const postings = await ledger.postingsOf(userId);
    const sum = (amounts: readonly bigint[]) => amounts.reduce((total, one) => total + one, 0n);
    const posted = (account: string, orderId?: string, kind?: string) =>
      sum(
        postings
          .filter(
            (row) =>
              row.account === account &&
              (orderId === undefined || row.orderId === orderId) &&
              (kind === undefined || row.kind === kind),
          )
          .map(({ amount }) => amount),
      );
    assert.equal(posted('customer'), balance);
    assert.equal(posted('held'), held);
    assert.equal(sum(postings.map(({ amount }) => amount)), 0n);
    assert.equal(held, sum(holds.filter(({ closedAt }) => closedAt === null).map(({ amount }) => amount)));
    for (const hold of holds) {
      const { orderId, amount, captured, closedAt } = hold;
      assert.equal(posted('held', orderId), closedAt === null ? amount : 0n);
      assert.equal(posted('sales', orderId, 'capture'), captured ?? 0n);
      assert.equal(posted('customer', orderId, 'release'), captured === null ? 0n : amount - captured);
      const refunded = sum(refunds.filter((row) => row.orderId === orderId).map((row) => row.amount));
      assert.ok(refunded <= (captured ?? 0n));
      assert.equal(posted('customer', orderId, 'refund'), refunded);
    }
    let running = 0n;
    for (const { account, amount, balanceAfter } of postings) {
      if (account !== 'customer') continue;
      running += amount;
      assert.ok(running >= 0n);
      assert.equal(balanceAfter, running);
    }
    const { rows } = await sql<{ transfers: number }>`
      select count(*)::int as transfers from (
        select from postings where user_id = ${userId} group by transfer_id having sum(amount) <> 0 or count(*) <> 2
      ) as unbalanced`.execute(ledger.db);
    assert.equal(rows[0]?.transfers, 0);
  }
});

function withText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** The decision, and how the hold ended; refunds apart. */
function outcomeOf(facts: readonly RecordedFact[]): Outcome {
  return facts
    .filter(({ type }) => type !== 'payment.refunded')
    .map(({ type, reason, amountCaptured }) =>
      [type.replace('payment.', ''), reason ?? amountCaptured ?? ''].join(' ').trim(),
    )
    .join(', ');
}

interface Modelled {
  decision?: string;
  /** `captured 5` or `released expired`. */
  end?: string;
  captured: bigint;
  refunds: Map<number, { amount: bigint; outcome: Outcome }>;
}

/** What the holds should do, in a few lines of no SQL. */
function createModel(opening: bigint, amounts: readonly bigint[]) {
  let available = opening;
  let held = 0n;
  const orders = amounts.map((): Modelled => ({ captured: 0n, refunds: new Map() }));

  const close = (one: Modelled, amount: bigint, captured: bigint, end: string) => {
    held -= amount;
    available += amount - captured;
    one.captured = captured;
    one.end = end;
  };
  return {
    account: () => [available, held],
    execute(asked: Command): Outcome {
      if (asked.kind === 'top up') {
        available += asked.amount;
        return 'topped up';
      }
      const one = orders[asked.order] ?? assert.fail();
      const amount = amounts[asked.order] ?? 0n;
      const isLive = one.decision === 'authorized' && one.end === undefined;
      const known = () => [one.decision, one.end].filter(Boolean).join(', ');
      switch (asked.kind) {
        case 'authorize':
          if (one.decision === undefined) {
            one.decision = available < amount ? 'declined insufficient_funds' : 'authorized';
            if (one.decision === 'authorized') {
              available -= amount;
              held += amount;
            }
          }
          return known();
        case 'capture':
          if (one.decision === undefined || (isLive && asked.amount > amount)) return REFUSED;
          if (isLive) close(one, amount, asked.amount, `captured ${asked.amount}`);
          return known();
        case 'release':
          if (one.decision === undefined && asked.reason === 'expired') return REFUSED;
          one.decision ??= 'declined cancelled';
          if (isLive) close(one, amount, 0n, `released ${asked.reason}`);
          return known();
        default: {
          const before = one.refunds.get(asked.refund);
          if (before) return before.amount === asked.amount ? before.outcome : REFUSED;
          const refunded = [...one.refunds.values()].reduce((sum, made) => sum + made.amount, 0n);
          if (refunded + asked.amount > one.captured) return REFUSED;
          available += asked.amount;
          const outcome = `refunded ${asked.amount}, ${refunded + asked.amount} of ${one.captured}`;
          one.refunds.set(asked.refund, { amount: asked.amount, outcome });
          return outcome;
        }
      }
    },
  };
}
