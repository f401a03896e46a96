import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { OrderPayment } from '#contracts/values/decision.ts';
import { newId } from '#contracts/values/ids.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { cancelPayment } from '#payments/payment/cancel-payment.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { cancelWish, payWish } from '#test/support/database/signing.ts';

/** What can be asked of the ledger about one account; orders are numbered, so that repeats are of the same one. */
type Command =
  | { readonly kind: 'top up'; readonly amount: bigint }
  | { readonly kind: 'debit' | 'cancel'; readonly order: number };

const ORDERS = 6;

const prices = fc.array(fc.bigInt(1n, 500n), { minLength: ORDERS, maxLength: ORDERS });
const order = fc.integer({ min: 0, max: ORDERS - 1 });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant('top up' as const), amount: fc.bigInt(1n, 500n) }),
  fc.record({ kind: fc.constantFrom('debit' as const, 'debit' as const, 'cancel' as const), order }),
);
const commands = fc.array(command, { minLength: 1, maxLength: 20 });

describe('the ledger of one account', () => {
  let ledger: Ledger;
  before(async () => {
    ledger = await openLedger({ size: 20 });
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
    const ordered = (index: number) => orders[index] ?? assert.fail(`there is no order ${index}`);
    const execute = async (one: Command) => {
      if (one.kind === 'top up')
        await topUpAccount(ledger.db, { userId, amount: one.amount, idempotency: undefined });
      else if (one.kind === 'debit') await debitAccount(ledger.workflowsDb, payWish(ordered(one.order)));
      else await cancelPayment(ledger.workflowsDb, cancelWish(ordered(one.order)));
    };
    return { userId, orders, execute };
  }

  it('does as a model of it does, whatever is asked for in turn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 1_000n), prices, commands, async (opening, each, all) => {
        const { userId, orders, execute } = await openAccount(opening, each);
        const model = createModel(opening, each);
        for (const one of all) {
          await execute(one);
          model.execute(one);
          assert.equal(await ledger.balanceOf(userId), model.balance());
        }
        assert.deepEqual(await outcomesOf(userId, orders), model.outcomes());
      }),
      { numRuns: 30 },
    );
  });

  it('adds up, whatever debits, deposits, cancels and repeats meet', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 1_000n), prices, commands, async (opening, each, all) => {
        const { userId, orders, execute } = await openAccount(opening, each);
        await Promise.all(all.map(execute));
        const deposits = all.reduce((sum, one) => sum + (one.kind === 'top up' ? one.amount : 0n), opening);
        const outcomes = await outcomesOf(userId, orders);
        const spent = outcomes.reduce(
          (sum, outcome, index) => sum + (outcome === 'paid' ? (each[index] ?? 0n) : 0n),
          0n,
        );
        assert.equal(await ledger.balanceOf(userId), deposits - spent);
        for (const [index, outcome] of outcomes.entries()) {
          const asked = new Set(
            all.flatMap((one) => (one.kind !== 'top up' && one.order === index ? one.kind : [])),
          );
          assert.ok(
            outcomesAfter(asked).includes(outcome),
            `${[...asked].join(' and ')} ended as ${outcome}`,
          );
        }
        await checkChain(userId);
      }),
      { numRuns: 40 },
    );
  });

  /** By the rows alone: what was decided of each order, and whether the money is where that says. */
  async function outcomesOf(userId: string, orders: readonly OrderPayment[]): Promise<string[]> {
    const decisions = new Map((await ledger.decisionsOf(userId)).map((row) => [row.orderId, row]));
    const postings = Map.groupBy(await ledger.postingsOf(userId), ({ orderId }) => orderId);
    return orders.map(({ orderId, amount }) => {
      const decision = decisions.get(orderId);
      const moved = (postings.get(orderId) ?? []).map(
        ({ kind, account, amount: by }) => `${kind} ${account} ${by}`,
      );
      if (!decision || decision.outcome === 'declined') {
        assert.deepEqual(moved, []);
        return decision?.reason ?? 'undecided';
      }
      const debited = [`debit customer -${amount}`, `debit sales ${amount}`];
      if (moved.length === debited.length) {
        assert.deepEqual(moved, debited);
        return 'paid';
      }
      assert.deepEqual(moved, [...debited, `refund customer ${amount}`, `refund sales -${amount}`]);
      return 'refunded';
    });
  }

  async function checkChain(userId: string): Promise<void> {
    let balance = 0n;
    for (const { account, amount, balanceAfter } of await ledger.postingsOf(userId)) {
      if (account !== 'customer') continue;
      balance += amount;
      assert.ok(balance >= 0n);
      assert.equal(balanceAfter, balance);
    }
  }
});

/** How an order may end when all that was asked about it was asked at once. */
function outcomesAfter(asked: ReadonlySet<string>): string[] {
  if (asked.size === 0) return ['undecided'];
  if (!asked.has('cancel')) return ['paid', 'insufficient_funds'];
  return asked.has('debit') ? ['cancelled', 'refunded', 'insufficient_funds'] : ['cancelled'];
}

/** What the ledger should do, in a few lines of no SQL. */
function createModel(opening: bigint, amounts: readonly bigint[]) {
  let balance = opening;
  const outcomes = amounts.map(() => 'undecided');
  return {
    balance: () => balance,
    outcomes: () => outcomes,
    execute(one: Command) {
      if (one.kind === 'top up') {
        balance += one.amount;
        return;
      }
      const amount = amounts[one.order] ?? 0n;
      const before = outcomes[one.order];
      if (one.kind === 'debit' && before === 'undecided') {
        outcomes[one.order] = balance < amount ? 'insufficient_funds' : 'paid';
        if (balance >= amount) balance -= amount;
      }
      if (one.kind === 'cancel' && before === 'undecided') outcomes[one.order] = 'cancelled';
      if (one.kind === 'cancel' && before === 'paid') {
        outcomes[one.order] = 'refunded';
        balance += amount;
      }
    },
  };
}
