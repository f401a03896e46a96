import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { ApiProblem } from '#contracts/client/api-problem.ts';
import { newId } from '#contracts/values/ids.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { checkSubmissions } from '#tools/invariants/check-submissions.ts';
import type { PlannedOrder } from '#tools/load/generate/plan-orders.ts';
import type { RequestOutcome, Submission } from '#tools/load/generate/submissions.ts';

// A load's record of its own requests is the only witness that no table can contradict, so every contradiction must be
// found.

const refusal = new ApiProblem(
  {
    type: 'about:blank',
    title: 'Refused',
    status: 422,
    code: 'idempotency_key_reused',
    detail: 'Refused.',
    requestId: newId(),
  },
  undefined,
);

describe('the check of a load’s own record', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  /** An order that is in the database, and the reply that its customer got. */
  async function submitted({
    status = 'paid',
    ...reported
  }: {
    status?: 'created' | 'paid' | 'cancelled' | 'refunded';
    beyondBalance?: boolean;
    cancel?: RequestOutcome;
  } = {}): Promise<Submission> {
    const { reply } = await shop.place();
    const description = newId();
    await sql`
      update orders set description = ${description}, status = ${status}, status_rank = ${rankOf(status)}
      where order_id = ${reply.orderId}`.execute(shop.db);
    const order: PlannedOrder = {
      userId: reply.userId,
      amount: reply.amount,
      description,
      idempotencyKey: newId(),
      beyondBalance: reported.beyondBalance ?? false,
      twice: false,
    };
    return {
      order,
      intendedAt: 0,
      sentAt: 0,
      answeredAt: 0,
      attempts: 1,
      outcome: { kind: 'acknowledged', order: reply, orderIds: [reply.orderId], refusals: [] },
      ...(reported.cancel && { cancel: reported.cancel }),
    };
  }

  async function breachesOf(history: readonly Submission[]): Promise<string[]> {
    const findings = await checkSubmissions(shop.db as never, history);
    return findings.flatMap(({ id, examples }) => examples.map((example) => `${id}: ${example}`));
  }

  const orderIdOf = ({ outcome }: Submission) =>
    outcome.kind === 'acknowledged' ? outcome.order.orderId : assert.fail('it was not acknowledged');

  it('finds nothing when every reply was true', async () => {
    const acknowledged = { kind: 'acknowledged' } as const;
    const unknown = { kind: 'unknown', error: undefined } as const;
    assert.deepEqual(
      await breachesOf([
        await submitted(),
        await submitted({ status: 'refunded', cancel: acknowledged }),
        await submitted({ status: 'cancelled', cancel: acknowledged }),
        await submitted({ status: 'paid', cancel: unknown }),
        await submitted({ status: 'refunded', cancel: unknown }),
      ]),
      [],
    );
  });

  it('finds an acknowledged order that is gone', async () => {
    const lost = await submitted();
    const orderId = orderIdOf(lost);
    for (const table of ['outbox', 'order_events', 'orders']) {
      await sql`delete from ${sql.table(table)} where order_id = ${orderId}`.execute(shop.db);
    }
    assert.deepEqual(await breachesOf([lost]), [
      `I7: order ${orderId} of ${lost.order.userId} was acknowledged, and is not there`,
    ]);
  });

  it('finds an acknowledged order that is undecided', async () => {
    const undecided = await submitted({ status: 'created' });
    assert.deepEqual(await breachesOf([undecided]), [
      `I7: order ${orderIdOf(undecided)} was acknowledged, and is undecided`,
    ]);
  });

  it('finds an acknowledged cancel of an order that stays paid', async () => {
    const kept = await submitted({ cancel: { kind: 'acknowledged' } });
    assert.deepEqual(await breachesOf([kept]), [
      `I7: the cancel of order ${orderIdOf(kept)} was acknowledged, and it is paid`,
    ]);
  });

  it('finds a refund that nobody requested, and one whose cancel was refused', async () => {
    const unasked = await submitted({ status: 'refunded' });
    const refused = await submitted({ status: 'refunded', cancel: { kind: 'refused', problem: refusal } });
    assert.deepEqual(await breachesOf([unasked, refused]), [
      `I5: order ${orderIdOf(unasked)} is refunded, and its customer could afford it`,
      `I5: order ${orderIdOf(refused)} is refunded, and its customer could afford it, and a cancel that was refused`,
    ]);
  });

  it('finds an order that was paid and could not be afforded', async () => {
    const beyond = await submitted({ beyondBalance: true });
    assert.deepEqual(await breachesOf([beyond]), [
      `I5: order ${orderIdOf(beyond)} is paid, and its customer could not afford it`,
    ]);
  });

  it('finds an order that was refused, and one that was never submitted', async () => {
    const refused = await submitted();
    const history = [{ ...refused, outcome: { kind: 'refused', problem: refusal } as const }];
    assert.deepEqual(await breachesOf(history), [
      `I8: order ${orderIdOf(refused)} was refused, and is there`,
    ]);
    const other = await submitted();
    await sql`update orders set user_id = ${refused.order.userId} where order_id = ${orderIdOf(other)}`.execute(
      shop.db,
    );
    assert.deepEqual(await breachesOf([refused]), [
      `I9: order ${orderIdOf(other)} of ${refused.order.userId} was never submitted`,
    ]);
  });

  it('finds two orders of one submission', async () => {
    const once = await submitted();
    const again = await submitted();
    await sql`
      update orders set user_id = ${once.order.userId}, description = ${once.order.description}
      where order_id = ${orderIdOf(again)}`.execute(shop.db);
    assert.deepEqual(await breachesOf([once]), [`I9: the key ${once.order.idempotencyKey} made 2 orders`]);
  });
});

function rankOf(status: string): number {
  return { created: 0, refunded: 2 }[status] ?? 1;
}
