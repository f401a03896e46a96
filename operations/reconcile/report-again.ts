import type { QueryExecutorProvider } from 'kysely';
import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { toEvent, toFactPayload } from '#contracts/events/to-event.ts';
import type { RecordedFact } from '#contracts/values/decision.ts';
import type { KafkaOptions } from '#platform/kafka/connect.ts';
import { readBacklogs } from '#platform/kafka/topics.ts';
import { classifyError } from '#platform/process/classify-error.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { Logger } from '#platform/process/logger.ts';
import type { ComparedOrder } from './compare-page.ts';
import { findFacts } from './payments.queries.ts';
import type { ReconcilePageOptions } from './reconcile-page.ts';

/** How many messages orders may still have to read. With more, an event that has not arrived is late, not lost. */
const MAX_LAG = 1_000;

export interface ReportAgainOptions {
  /** Writes events to the topic, as the activity that reports a payment does. */
  readonly publish: (events: readonly PaymentEvent[]) => Promise<void>;
  readonly paymentsDb: QueryExecutorProvider;
  readonly kafka: KafkaOptions;
  readonly log: Logger;
}

/** How many orders had their events reported again, and why the others did not. */
interface ReportAgainResult {
  readonly reported: number;
  readonly notReported: string | null;
}

/**
 * Reports lost events again. They are the same events with the same ids, so that one which arrives late is applied
 * once. An outage of Kafka is a result with that reason. @throws on an outage of a database
 */
export async function reportAgain(
  parts: ReportAgainOptions,
  lost: readonly ComparedOrder[],
  { dryRun, beforeReporting }: Pick<ReconcilePageOptions, 'dryRun' | 'beforeReporting'>,
): Promise<ReportAgainResult> {
  if (lost.length === 0) return { reported: 0, notReported: null };
  if (dryRun) return { reported: 0, notReported: 'this is a dry run' };
  const lag = await unlessAway(parts, async () => lagOfOrders(parts.kafka));
  if (typeof lag !== 'number') return lag;
  if (lag > MAX_LAG) return { reported: 0, notReported: 'orders has not read every reported event yet' };
  const orderIds = lost.map(({ orderId }) => orderId);
  const facts = await findFacts(parts.paymentsDb, orderIds);
  const byOrder = Map.groupBy(facts, ({ orderId }) => orderId);
  const events = lost.flatMap((order) => eventsOf(order, byOrder.get(order.orderId) ?? []));
  await beforeReporting?.(orderIds);
  return unlessAway(parts, async () => {
    // One by one, the events of a page could take longer than the gateway waits.
    await parts.publish(events);
    parts.log.warn({ orders: lost.length }, 'lost events were reported again');
    return { reported: lost.length, notReported: null };
  });
}

/** @returns what Kafka was asked for, or that it is away or refuses @throws what is a mistake of ours */
async function unlessAway<Result>(
  { log }: ReportAgainOptions,
  ask: () => Promise<Result>,
): Promise<Result | ReportAgainResult> {
  try {
    return await ask();
  } catch (error) {
    const kind = classifyError(error);
    if (kind === 'bug') throw error;
    log.warn({ err: error }, 'lost events could not be reported again');
    const what = kind === 'outage' ? 'is away' : 'refuses';
    return { reported: 0, notReported: `Kafka ${what}: ${describeError(error)}` };
  }
}

async function lagOfOrders(kafka: KafkaOptions): Promise<number> {
  const [{ lag }] = await readBacklogs(kafka, [
    { groupId: PAYMENT_CONSUMER_GROUP, topic: PAYMENT_STATUS_TOPIC.name },
  ]);
  return lag;
}

/** The events that an order lacks, of what payments has recorded about it by now. */
function eventsOf({ order, result }: ComparedOrder, facts: readonly RecordedFact[]): PaymentEvent[] {
  const lost = result.kind === 'event_lost' ? result.events : [];
  const { traceparent, tracestate } = order ?? {};
  const trace = traceparent ? { traceparent, tracestate } : undefined;
  return facts
    .filter((fact) => lost.some(({ type, refundId }) => fact.type === type && fact.refundId === refundId))
    .map((fact) => toEvent(toFactPayload(fact), trace));
}
