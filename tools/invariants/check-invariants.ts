import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { withSnapshots } from '#tools/load/databases.ts';
import type { Databases } from '#tools/load/databases.ts';
import type { Submission } from '#tools/load/generate/submissions.ts';
import { checkHistory } from './check-submissions.ts';
import { compareOrdersWithLedger } from './compare.ts';
import { checkDeadLetters } from './dead-letters.ts';
import type { Finding } from './finding.ts';
import { checkBalances, checkOnce, checkSums } from './ledger.ts';
import { checkIdempotency, checkNothingPending, checkOutbox, checkTransitions } from './orders.ts';
import { readReports } from './reports.ts';

export interface Check {
  readonly databases: Databases;
  readonly kafka: KafkaOptions;
  /** A load to hold against the databases, beside what is in them. */
  readonly history?: readonly Submission[];
  /** How long an order, a cancel or an outbox row may be pending without being called stuck, in ms. */
  readonly grace?: number;
}

const GRACE = 5_000;

/**
 * Checks the invariants over all that is in the databases and on the topic, whoever put it there. Also while orders are
 * being placed: what is still on its way is no breach, unless for longer than `grace`. I8 and I12 are about requests, and
 * are shown by check-from-outside.ts.
 * @throws on an outage: what cannot be looked at is neither well nor broken
 */
export async function checkInvariants({
  databases,
  kafka,
  history,
  grace = GRACE,
}: Check): Promise<Finding[]> {
  return withSnapshots(databases, async (snapshots) => {
    const { orders, payments } = snapshots;
    // After the snapshots: what orders has applied by then is on the topic by now.
    const reports = await readReports(kafka);
    return [
      await checkBalances(payments),
      await checkSums(payments),
      await checkOnce(payments),
      ...(await compareOrdersWithLedger(snapshots, databases.orders, reports)),
      await checkTransitions(orders),
      await checkNothingPending(orders, grace),
      await checkIdempotency(orders),
      await checkOutbox(orders, grace),
      await checkDeadLetters(databases.orders, kafka, reports),
      ...(history ? await checkHistory(orders, history) : []),
    ];
  });
}
