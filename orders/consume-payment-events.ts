import {
  PAYMENT_CONSUMER_GROUP,
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEventSchema,
} from '#contracts/payment-events.ts';
import { statusAfter } from '#contracts/order-status.ts';
import type { Kysely } from '#platform/database.ts';
import { isDataFault, probeDatabase } from '#platform/database.ts';
import type { RoleState } from '#platform/health.ts';
import { consume } from '#platform/kafka/consumer.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { Counter } from '#platform/metrics.ts';
import { applyPaymentEvents } from './payment-events.queries.ts';
import type { PaymentEventRow } from './payment-events.queries.ts';
import type { OrdersTables } from './schema.ts';

const eventsConsumed = new Counter({
  name: 'orders_payment_events_total',
  help: 'Messages of payment-status.v1 by what became of them.',
  labelNames: ['outcome'] as const,
});

export interface PaymentEventConsumer {
  readonly db: Kysely<OrdersTables>;
  readonly kafka: KafkaOptions;
  readonly deadLetters: MessageProducer;
  readonly onState: (state: RoleState) => void;
  readonly onProgress: (state: RoleState) => void;
  /** Called after a batch has been applied. */
  readonly hintChanged: () => void;
}

/** Consumes payment-status.v1 until disposed. All copies of orders share its partitions. */
export function consumePaymentEvents(options: PaymentEventConsumer): AsyncDisposable {
  return consume({
    ...options.kafka,
    groupId: PAYMENT_CONSUMER_GROUP,
    topics: [PAYMENT_STATUS_TOPIC],
    alsoCreate: [PAYMENT_STATUS_DEAD_LETTERS],
    onState: options.onState,
    onProgress: options.onProgress,
    probe: async () => probeDatabase(options.db),
    onBatch: async (messages) => {
      await handlePaymentEvents(options, messages);
      options.hintChanged();
    },
  });
}

/**
 * Applies one partition's messages, and moves what can never be applied to the dead-letter topic. An outage throws, so
 * that the batch comes again; it never sends a good message there.
 */
export async function handlePaymentEvents(
  deps: Pick<PaymentEventConsumer, 'db' | 'deadLetters'>,
  messages: readonly Message[],
): Promise<void> {
  const read = messages.map((message) => ({ message, result: readEvent(message) }));
  for (const { message, result } of read) {
    if ('fault' in result) await deadLetter(deps, message, result.fault);
  }
  const good = read.flatMap(({ message, result }) =>
    'event' in result ? [{ message, event: result.event }] : [],
  );
  for (let from = 0; from < good.length; from += AT_ONCE) {
    await applyOrIsolate(deps, good.slice(from, from + AT_ONCE));
  }
}

/** How many events one statement applies: few enough for its deadline of 2.5 s on a database that has much else to do. */
const AT_ONCE = 500;

interface GoodMessage {
  readonly message: Message;
  readonly event: PaymentEventRow;
}

/** One event that the database refuses must not hold up its partition: the batch is halved until it stands alone. */
async function applyOrIsolate(
  deps: Pick<PaymentEventConsumer, 'db' | 'deadLetters'>,
  batch: readonly GoodMessage[],
): Promise<void> {
  if (batch.length === 0) return;
  try {
    const orphans = new Set(
      await applyPaymentEvents(
        deps.db,
        batch.map(({ event }) => event),
      ),
    );
    for (const { message, event } of batch) {
      if (orphans.has(event.eventId)) await deadLetter(deps, message, `there is no order ${event.orderId}`);
    }
    eventsConsumed.inc({ outcome: 'applied' }, batch.length - orphans.size);
  } catch (error) {
    if (!isDataFault(error)) throw error;
    const [only] = batch;
    if (batch.length === 1 && only) {
      await deadLetter(deps, only.message, `the database refuses it: ${error.message}`);
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await applyOrIsolate(deps, batch.slice(0, half));
    await applyOrIsolate(deps, batch.slice(half));
  }
}

function readEvent(message: Message): { event: PaymentEventRow } | { fault: string } {
  let body: unknown;
  try {
    body = JSON.parse(message.value?.toString() ?? '');
  } catch {
    return { fault: 'it is not JSON' };
  }
  const parsed = paymentEventSchema.safeParse(body);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return { fault: `it is no payment event: ${faults.join('; ')}` };
  }
  const { id, type, data } = parsed.data;
  const reason = 'reason' in data ? data.reason : undefined;
  const status = statusAfter({ type, reason });
  return {
    event: {
      eventId: id,
      orderId: data.orderId,
      rank: data.rank,
      status,
      failureReason: status === 'failed' ? (reason ?? null) : null,
      partition: message.partition,
      offset: message.offset,
    },
  };
}

/** Written before the offset is committed: a crash in between repeats it, so a dead letter is there at least once. */
async function deadLetter(
  { deadLetters }: Pick<PaymentEventConsumer, 'deadLetters'>,
  message: Message,
  reason: string,
): Promise<void> {
  await deadLetters.send(PAYMENT_STATUS_DEAD_LETTERS.name, [
    {
      key: message.key,
      value: message.value,
      headers: {
        ...message.headers,
        'dead-letter-reason': reason,
        'dead-letter-source': `${message.topic}/${message.partition}/${message.offset}`,
      },
    },
  ]);
  eventsConsumed.inc({ outcome: 'dead_letter' });
}
