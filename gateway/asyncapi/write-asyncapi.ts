import type { z } from 'zod';
import { createSchema } from 'zod-openapi';
import {
  DEAD_LETTER_CODES,
  DEAD_LETTER_HEADERS,
  TRUNCATED_FROM_HEADER,
} from '#contracts/events/dead-letters.ts';
import { paymentEventExample } from '#contracts/events/payment-event-examples.ts';
import {
  CLOUD_EVENT_CONTENT_TYPE,
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEventSchema,
} from '#contracts/events/payment-events.ts';
import type { PaymentEventType } from '#contracts/values/order-status.ts';

/** When an event of each type is published. */
const SUMMARIES: Readonly<Record<PaymentEventType, string>> = {
  'payment.completed': 'An order is paid at once: all of its amount is debited.',
  'payment.authorized': 'The money of an order is reserved until captureBefore.',
  'payment.declined': 'An order is not paid, and never will be.',
  'payment.captured': 'Of what was reserved, amountCaptured is taken. The order is paid.',
  'payment.released': 'What was reserved is back on the account. The order is cancelled.',
  'payment.refunded': 'Of what was taken, refundAmount is back on the account.',
};

const DESCRIPTION = `What payments did about orders. A consumer may rely on this:

- Each event arrives at least once. A repeat has the same \`id\`; only its \`traceparent\` may differ.
- The key of a message is the order's id, so all events of an order are in one partition, until partitions are added. They
  may arrive in another order than that of their \`time\`, since several workflows report on an order.
- Each fact is final. Amounts add up in any order: an order has one \`amountCaptured\`, and each refund has an id.
- A consumer that wants the status alone applies an event if its \`data.rank\` is higher than that of the last.
- It leaves out types and fields that it does not know: later versions may add some.

The brokers are those that \`KAFKA_BROKERS\` of the services lists; \`npm start\` prints the address of its own.`;

/** The AsyncAPI 3.0 document of the topics, written from the schemas that the code is bound to. */
export function writeAsyncApi({
  version,
  currency,
}: {
  readonly version: string;
  readonly currency: string;
}): Record<string, unknown> {
  const types = paymentEventSchema.options.map(({ shape }) => shape.type.value);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Gozon: payment events',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT' },
    },
    channels: {
      paymentStatus: {
        address: PAYMENT_STATUS_TOPIC.name,
        title: 'What payments did about orders',
        messages: Object.fromEntries(types.map((type) => [type, referTo('messages', type)])),
        bindings: topicBinding(PAYMENT_STATUS_TOPIC),
      },
      deadLetters: {
        address: PAYMENT_STATUS_DEAD_LETTERS.name,
        title: 'Messages that orders can never apply',
        description:
          'They stay until an operator deletes them. A redrive publishes them on their topic again.',
        messages: { 'dead-letter': referTo('messages', 'dead-letter') },
        bindings: topicBinding(PAYMENT_STATUS_DEAD_LETTERS),
      },
    },
    operations: {
      reportPayment: {
        action: 'send',
        channel: { $ref: '#/channels/paymentStatus' },
        summary: 'The workflows report each fact, until Kafka has it.',
      },
      setAside: {
        action: 'send',
        channel: { $ref: '#/channels/deadLetters' },
        summary: 'Orders sets aside what it can never apply, with the reason.',
      },
    },
    components: {
      messages: {
        ...Object.fromEntries(types.map((type) => [type, eventMessage(type, currency)])),
        'dead-letter': deadLetterMessage(),
      },
      schemas: Object.fromEntries(
        paymentEventSchema.options.map((schema) => [schema.shape.type.value, toSchema(schema)]),
      ),
    },
  };
}

function referTo(kind: 'messages' | 'schemas', name: string) {
  return { $ref: `#/components/${kind}/${name}` };
}

const BINDING_VERSION = '0.5.0';

function topicBinding({ name, partitions }: { readonly name: string; readonly partitions: number }) {
  return { kafka: { topic: name, partitions, bindingVersion: BINDING_VERSION } };
}

const KEY = {
  kafka: {
    key: { type: 'string', format: 'uuid', description: 'The id of the order.' },
    bindingVersion: BINDING_VERSION,
  },
};

function eventMessage(type: PaymentEventType, currency: string) {
  return {
    name: type,
    title: type,
    summary: SUMMARIES[type],
    contentType: CLOUD_EVENT_CONTENT_TYPE,
    headers: {
      type: 'object',
      properties: {
        'content-type': { type: 'string', const: CLOUD_EVENT_CONTENT_TYPE },
        traceparent: { type: 'string', description: 'W3C Trace Context, for tracers.' },
        tracestate: { type: 'string', description: 'What vendors say of that trace, if they do.' },
      },
    },
    payload: referTo('schemas', type),
    bindings: KEY,
    examples: [
      {
        headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE },
        payload: JSON.parse(JSON.stringify(paymentEventExample(type, currency))) as unknown,
      },
    ],
  };
}

/** Its payload is what came, which may be anything. */
function deadLetterMessage() {
  return {
    name: 'dead-letter',
    title: 'A message that cannot be applied',
    summary: 'The message with its key, value and headers as it came, and why it is here.',
    headers: {
      type: 'object',
      properties: {
        [DEAD_LETTER_HEADERS.code]: { type: 'string', enum: [...DEAD_LETTER_CODES] },
        [DEAD_LETTER_HEADERS.reason]: { type: 'string', description: 'The same in words.' },
        [DEAD_LETTER_HEADERS.source]: {
          type: 'string',
          description: 'Where it was: topic/partition/offset.',
        },
        [TRUNCATED_FROM_HEADER]: {
          type: 'string',
          description: 'How many bytes its value had, if it is cut.',
        },
      },
      required: [DEAD_LETTER_HEADERS.reason, DEAD_LETTER_HEADERS.source],
    },
  };
}

/** As a producer writes it: a consumer takes fields that the schema does not name. */
function toSchema(schema: z.ZodType) {
  return createSchema(schema, { io: 'input' }).schema;
}
