import assert from 'node:assert/strict';
import { ApiProblem } from '@gozon/client';
import { sql } from 'kysely';
import { newId } from '#contracts/values/ids.ts';
import { openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { checkSubmissions } from '#tools/invariants/check-submissions.ts';
import type { PlannedOrder } from '#tools/load/generate/plan-orders.ts';
import type { RefundRequest, Requests, Submission } from '#tools/load/generate/submissions.ts';

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

/** Of an order that the shop places by default. */
const AMOUNT = 1250n;
const CAPTURE = { merchantId: newId(), after: 0, from: 'authorized', contested: false } as const;
const ACKNOWLEDGED = { kind: 'acknowledged' } as const;
const REFUSED = { kind: 'refused', problem: refusal } as const;
const UNKNOWN = { kind: 'unknown', error: undefined } as const;

describe('the check of a load’s own record', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(async () => shop[Symbol.asyncDispose]());

  /** An order that is in the database, and the reply that its customer got. */
  async function submitted({
    status = 'paid',
    beyondBalance = false,
    hold,
    ...requests
  }: Requests & {
    status?: 'created' | 'authorized' | 'paid' | 'cancelled' | 'refunded';
    beyondBalance?: boolean;
    /** Of how much a capture is planned, and how much was captured; `expired` when nobody captured it in time. */
    hold?: { planned?: bigint; captured?: bigint; expired?: boolean };
  } = {}): Promise<Submission> {
    const { reply } = await shop.place();
    const description = newId();
    if (hold) {
      await sql`
        update orders set capture_method = 'manual', capture_within = 5, amount_captured = ${hold.captured},
          cancellation_reason = ${hold.expired ? 'expired' : null}
        where order_id = ${reply.orderId}`.execute(shop.db);
    }
    await sql`
      update orders set description = ${description}, status = ${status}, status_rank = ${rankOf(status)}
      where order_id = ${reply.orderId}`.execute(shop.db);
    const order: PlannedOrder = {
      userId: reply.userId,
      amount: reply.amount,
      description,
      idempotencyKey: newId(),
      beyondBalance,
      twice: false,
      ...(hold && { captureWithin: 5 }),
      ...(hold?.planned && { capture: { ...CAPTURE, amount: hold.planned } }),
    };
    return {
      order,
      intendedAt: 0,
      sentAt: 0,
      answeredAt: 0,
      attempts: 1,
      outcome: { kind: 'acknowledged', order: reply, orderIds: [reply.orderId], refusals: [] },
      ...requests,
    };
  }

  /** A refund in the database. */
  async function refunded(submission: Submission, amount: bigint, isMade = true): Promise<string> {
    const refundId = newId();
    const orderId = orderIdOf(submission);
    await sql`
      insert into refunds (refund_id, order_id, amount, refunded_at)
      values (${refundId}, ${orderId}, ${amount}, case when ${isMade} then now() end)`.execute(shop.db);
    await sql`
      update orders set amount_refunded = amount_refunded + ${isMade ? amount : 0n} where order_id = ${orderId}`.execute(
      shop.db,
    );
    return refundId;
  }

  async function breachesOf(history: readonly Submission[]): Promise<string[]> {
    const findings = await checkSubmissions(shop.db as never, history);
    return findings.flatMap(({ id, examples }) => examples.map((example) => `${id}: ${example}`));
  }

  const orderIdOf = ({ outcome }: Submission) =>
    outcome.kind === 'acknowledged' ? outcome.order.orderId : assert.fail('it was not acknowledged');

  it('finds nothing when every reply was true', async () => {
    assert.deepEqual(
      await breachesOf([
        await submitted(),
        await submitted({ status: 'refunded', cancel: ACKNOWLEDGED }),
        await submitted({ status: 'cancelled', cancel: ACKNOWLEDGED }),
        await submitted({ status: 'paid', cancel: UNKNOWN }),
        await submitted({ status: 'refunded', cancel: UNKNOWN }),
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
    const kept = await submitted({ cancel: ACKNOWLEDGED });
    assert.deepEqual(await breachesOf([kept]), [
      `I7: the cancel of order ${orderIdOf(kept)} was acknowledged, and it is paid`,
    ]);
  });

  it('finds a refund that nobody requested, and one whose cancel was refused', async () => {
    const unasked = await submitted({ status: 'refunded' });
    const refused = await submitted({ status: 'refunded', cancel: REFUSED });
    assert.deepEqual(await breachesOf([unasked, refused]), [
      `I5: order ${orderIdOf(unasked)} is refunded with ${AMOUNT}, and its customer could afford it`,
      `I5: order ${orderIdOf(refused)} is refunded with ${AMOUNT}, and its customer could afford it, and a cancel that was refused`,
    ]);
  });

  it('finds an order that was paid and could not be afforded', async () => {
    const beyond = await submitted({ beyondBalance: true });
    assert.deepEqual(await breachesOf([beyond]), [
      `I5: order ${orderIdOf(beyond)} is paid with ${AMOUNT}, and its customer could not afford it`,
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

  it('finds nothing when holds were captured, released or left to their end as it was answered', async () => {
    const captured = { status: 'paid', hold: { planned: 40n, captured: 40n } } as const;
    const released = { status: 'cancelled', hold: { planned: 40n } } as const;
    const expired = { status: 'cancelled', hold: { planned: 40n, expired: true } } as const;
    assert.deepEqual(
      await breachesOf([
        await submitted({ ...captured, capture: ACKNOWLEDGED }),
        await submitted({ ...captured, capture: ACKNOWLEDGED, cancel: REFUSED }),
        await submitted({ ...captured, capture: UNKNOWN }),
        await submitted({ ...captured, capture: UNKNOWN, cancel: UNKNOWN }),
        await submitted({ ...released, cancel: ACKNOWLEDGED, capture: REFUSED }),
        await submitted(expired),
        await submitted({ ...expired, capture: REFUSED }),
        await submitted({ ...expired, capture: UNKNOWN }),
        // Its end and its cancel were accepted at the same moment.
        await submitted({ ...expired, cancel: ACKNOWLEDGED }),
      ]),
      [],
    );
  });

  it('finds an acknowledged capture that was not made, or of another amount', async () => {
    const lost = await submitted({
      status: 'cancelled',
      hold: { planned: 40n, expired: true },
      capture: ACKNOWLEDGED,
    });
    const other = await submitted({
      status: 'paid',
      hold: { planned: 40n, captured: 50n },
      capture: ACKNOWLEDGED,
    });
    assert.deepEqual(await breachesOf([lost, other]), [
      `I7: the capture of 40 of order ${orderIdOf(lost)} was acknowledged, and nothing was captured`,
      `I7: the capture of 40 of order ${orderIdOf(other)} was acknowledged, and 50 was captured`,
    ]);
  });

  it('finds a capture that was refused or never asked for, and an acknowledged cancel that released nothing', async () => {
    const captured = { status: 'paid', hold: { planned: 40n, captured: 40n } } as const;
    const refused = await submitted({ ...captured, capture: REFUSED });
    const unasked = await submitted(captured);
    const kept = await submitted({ ...captured, capture: REFUSED, cancel: ACKNOWLEDGED });
    const live = await submitted({ status: 'authorized', hold: { planned: 40n } });
    assert.deepEqual(await breachesOf([refused, unasked, kept, live]), [
      `I7: the cancel of order ${orderIdOf(kept)} was acknowledged, and it is paid`,
      `I5: order ${orderIdOf(refused)} is paid with 40, and its customer could afford it, and a capture that was refused`,
      `I5: order ${orderIdOf(unasked)} is paid with 40, and its customer could afford it`,
      `I5: order ${orderIdOf(live)} is authorized, and its customer could afford it`,
    ]);
  });

  it('finds an acknowledged refund that is gone, not made or of another amount, and any that was not acknowledged', async () => {
    const withRefund = async (
      { asked = 10n, made = asked, isMade = true }: { asked?: bigint; made?: bigint; isMade?: boolean },
      outcome: RefundRequest['outcome'],
    ) => {
      const submission = await submitted();
      const refundId = await refunded(submission, made, isMade);
      const refundIds = outcome.kind === 'acknowledged' ? [refundId] : [];
      return {
        refundId,
        orderId: orderIdOf(submission),
        submission: { ...submission, refunds: [{ amount: asked, outcome, refundIds }] },
      };
    };
    const good = [await withRefund({}, ACKNOWLEDGED), await withRefund({}, UNKNOWN)];
    assert.deepEqual(await breachesOf(good.map(({ submission }) => submission)), []);
    const gone = await submitted({ refunds: [{ amount: 10n, outcome: ACKNOWLEDGED, refundIds: [newId()] }] });
    const pending = await withRefund({ isMade: false }, ACKNOWLEDGED);
    const other = await withRefund({ made: 11n }, ACKNOWLEDGED);
    const refused = await withRefund({}, REFUSED);
    const found = await breachesOf([gone, pending.submission, other.submission, refused.submission]);
    assert.deepEqual(found, [
      `I7: the refund of 10 of order ${orderIdOf(gone)} was acknowledged as ${gone.refunds?.[0]?.refundIds[0]}, and is not there`,
      `I7: the refund of 10 of order ${pending.orderId} was acknowledged as ${pending.refundId}, and was not made`,
      `I7: the refund of 10 of order ${other.orderId} was acknowledged as ${other.refundId}, and is of 11`,
      `I8: refund ${refused.refundId} of 10 of order ${refused.orderId} is there, and was not acknowledged`,
    ]);
  });

  it('finds a request that was answered in two ways', async () => {
    const twice = await submitted({
      refunds: [{ amount: 10n, outcome: { ...ACKNOWLEDGED, contradicted: refusal }, refundIds: [] }],
    });
    assert.deepEqual(await breachesOf([twice]), [
      `I9: a request about order ${orderIdOf(twice)} was acknowledged once and refused once, with 422 idempotency_key_reused`,
    ]);
  });
});

function rankOf(status: string): number {
  return { created: 0, refunded: 2 }[status] ?? 1;
}
