import {
  PAYMENT_CONSUMER_GROUP,
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEventSchema,
} from '#contracts/events/payment-events.ts';
import { eventMessage } from '#contracts/events/signed-messages.ts';
import type { KafkaOptions, Message } from '#platform/kafka/connect.ts';
import { consume } from '#platform/kafka/consumer.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { probeDatabase } from '#platform/postgres/database.ts';
import type { RoleState } from '#platform/process/health.ts';
import { isSigned } from '#platform/process/signing-keys.ts';
import type { Database } from '../schema.ts';
import { applyEvents, eventsConsumed } from './apply-events.ts';
import { toDeadLetter } from './dead-letter.ts';
import type { Fault } from './dead-letter.ts';
import { toEventRow } from './event-rows.ts';
import type { PaymentEventRow } from './payment-events.queries.ts';

export interface PaymentEventConsumerOptions {
  readonly db: Database;
  readonly kafka: KafkaOptions;
  readonly deadLetters: MessageProducer;
  /** By which payments signs its events. */
  readonly signingKeys: readonly string[];
  readonly onState: (state: RoleState) => void;
  readonly onProgress: (state: RoleState) => void;
  /** Called after a batch has been applied. */
  readonly hintChanged: () => void;
}

/** Consumes payment-status.v1 until disposed. All copies of orders share its partitions. */
export function consumePaymentEvents(options: PaymentEventConsumerOptions): AsyncDisposable {
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
 * Applies one partition's messages, and moves those that can never be applied to the dead-letter topic. An outage
 * throws, so that the batch comes again; it never makes a good message a dead letter.
 */
export async function handlePaymentEvents(
  { db, deadLetters, signingKeys }: Pick<PaymentEventConsumerOptions, 'db' | 'deadLetters' | 'signingKeys'>,
  messages: readonly Message[],
): Promise<void> {
  const read = messages.map((message) => ({ message, result: readEvent(message, signingKeys) }));
  const readable = read.flatMap(({ message, result }) =>
    'event' in result ? [{ message, event: result.event }] : [],
  );
  const unreadable = read.flatMap(({ message, result }) =>
    'fault' in result ? [toDeadLetter(message, result.fault)] : [],
  );
  const dead = [...unreadable, ...(await applyEvents(db, readable))];
  if (dead.length === 0) return;
  // After applying, which an outage of the database can stop: earlier, each attempt would write them again. Before the
  // offset is committed: a crash in between repeats them, so each is in the topic at least once.
  await deadLetters.send(PAYMENT_STATUS_DEAD_LETTERS.name, dead);
  eventsConsumed.inc({ outcome: 'dead_letter' }, dead.length);
}

function readEvent(
  message: Message,
  signingKeys: readonly string[],
): { event: PaymentEventRow } | { fault: Fault } {
  let body: unknown;
  try {
    body = JSON.parse(message.value?.toString() ?? '');
  } catch {
    return { fault: { code: 'not_json', reason: 'it is not JSON' } };
  }
  const parsed = paymentEventSchema.safeParse(body);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return { fault: { code: 'not_a_payment_event', reason: `it is no payment event: ${faults.join('; ')}` } };
  }
  const { type, data, signature = '' } = parsed.data;
  if (!isSigned(signingKeys, eventMessage({ ...data, type }), signature)) {
    return { fault: { code: 'not_signed_by_payments', reason: 'payments did not sign it' } };
  }
  return { event: toEventRow(parsed.data, message) };
}
