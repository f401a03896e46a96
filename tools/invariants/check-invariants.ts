import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { withSnapshots } from '#tools/load/databases.ts';
import type { Databases } from '#tools/load/databases.ts';
import type { Submission } from '#tools/load/generate/submissions.ts';
import { checkDeadLetters } from './check-dead-letters.ts';
import { checkHeld, checkHolds, checkHoldsEnd } from './check-holds.ts';
import { checkBalances, checkSingleDebit, checkSums } from './check-ledger.ts';
import { checkIdempotency, checkNothingPending, checkOutbox, checkTransitions } from './check-orders.ts';
import { checkRefundedAmounts, checkRefundPostings } from './check-refunds.ts';
import type { CheckResult } from './check-result.ts';
import { checkSubmissions } from './check-submissions.ts';
import { compareOrders } from './compare-orders.ts';
import { readReports } from './read-reports.ts';

export interface CheckInvariantsOptions {
  readonly databases: Databases;
  readonly kafka: KafkaOptions;
  /** What a load recorded of its own requests, to compare with the databases. */
  readonly submissions?: readonly Submission[];
  /** For how long an order, a request or an outbox row may be pending before it counts as stuck, in ms. */
  readonly grace?: number;
}

const GRACE = 5_000;

/**
 * The oracle of the tests, the demo and the torture: checks the invariants over everything in the databases and on the
 * topic, in one pass and as the databases' owner. It may run while orders are being placed: pending work is a breach only
 * after `grace`. check-from-outside.ts checks I8 and I12, which are about requests.
 *
 * operations/ checks the same invariants in production: a page at a time, through views, as a role that may only read
 * them. The two share ids, titles (contracts/values/invariants.ts) and the shape of rows. They share no comparison, on
 * purpose: a mistake in a shared comparison would hide itself, and the tests could not notice it.
 * @throws on an outage: a check that could not run has no result
 */
export async function checkInvariants({
  databases,
  kafka,
  submissions,
  grace = GRACE,
}: CheckInvariantsOptions): Promise<CheckResult[]> {
  return withSnapshots(databases, async (snapshots) => {
    const { orders, payments } = snapshots;
    // After the snapshots: every event that orders had applied by then is on the topic now.
    const reports = await readReports(payments, kafka);
    return [
      await checkBalances(payments),
      await checkSums(payments),
      await checkSingleDebit(payments),
      ...(await compareOrders(snapshots, databases.orders, reports)),
      await checkRefundPostings(payments),
      await checkTransitions(orders),
      await checkNothingPending(orders, grace),
      await checkIdempotency(orders),
      await checkOutbox(orders, grace),
      await checkDeadLetters(databases, kafka, reports),
      await checkHeld(payments),
      await checkHolds(payments),
      await checkRefundedAmounts(payments),
      await checkHoldsEnd(payments),
      ...(submissions ? await checkSubmissions(orders, submissions) : []),
    ];
  });
}
