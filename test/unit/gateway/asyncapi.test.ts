import assert from 'node:assert/strict';
import specification from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' };
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import {
  PAYMENT_STATUS_DEAD_LETTERS,
  PAYMENT_STATUS_TOPIC,
  paymentEvent,
  paymentEventSchema,
} from '#contracts/events/payment-events.ts';
import { MAX_AMOUNT } from '#contracts/values/money/money.ts';
import {
  CANCELLATION_REASONS,
  DECLINE_REASONS,
  PAYMENT_EVENT_TYPES,
} from '#contracts/values/order-status.ts';
import type { PaymentEventType } from '#contracts/values/order-status.ts';
import { writeAsyncApi } from '#gateway/asyncapi/write-asyncapi.ts';

interface Message {
  readonly headers: object;
  readonly payload?: { readonly $ref: string };
  readonly examples?: readonly { headers: object; payload: { type: string; data: object } }[];
}
interface Document {
  readonly channels: Record<string, { address: string; messages: Record<string, { $ref: string }> }>;
  readonly operations: Record<string, { channel: { $ref: string } }>;
  readonly components: { messages: Record<string, Message>; schemas: Record<string, object> };
}

const document = writeAsyncApi({ version: '0.1.0', currency: 'EUR' });
const { channels, components } = document as unknown as Document;
const [paymentStatus, deadLetters] = Object.values(channels);

/** As AsyncAPI 3.0 reads the schema of a payload: draft 7 of JSON Schema. */
function validatorOf(schema: object) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  return ajv.compile(schema);
}

/** What a pointer of the document leads to. */
function at(pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], document);
}

describe('the AsyncAPI document', () => {
  it('is AsyncAPI 3.0, by the JSON schema of its authors', () => {
    // It contains draft 7 of JSON Schema itself, which Ajv would have twice.
    const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
    formats.default(ajv);
    const validate = ajv.compile(specification);
    assert.ok(validate(document), JSON.stringify(validate.errors?.slice(0, 5)));
    assert.ok(!validate({ ...document, channels: { paymentStatus: { address: 1 } } }));
  });

  it('refers to nothing that it does not have', () => {
    const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, one = '']) => one);
    assert.ok(pointers.length > PAYMENT_EVENT_TYPES.length);
    assert.deepEqual(
      pointers.filter((pointer) => at(pointer) === undefined),
      [],
    );
  });

  it('has both topics, and each type of event once', () => {
    assert.equal(paymentStatus?.address, PAYMENT_STATUS_TOPIC.name);
    assert.equal(deadLetters?.address, PAYMENT_STATUS_DEAD_LETTERS.name);
    assert.deepEqual(Object.keys(paymentStatus.messages).toSorted(), PAYMENT_EVENT_TYPES.toSorted());
    assert.deepEqual(Object.keys(components.schemas).toSorted(), PAYMENT_EVENT_TYPES.toSorted());
  });

  for (const type of PAYMENT_EVENT_TYPES) {
    it(`shows an event ${type} that its schema and ours take, and no other schema does`, () => {
      const { headers, payload, examples = [] } = components.messages[type] ?? { headers: {} };
      assert.equal(payload?.$ref, `#/components/schemas/${type}`);
      assert.equal(examples.length, 1);
      for (const example of examples) {
        assert.deepEqual(paymentEventSchema.parse(example.payload), example.payload);
        assert.ok(validatorOf(headers)(example.headers));
        const takenBy = PAYMENT_EVENT_TYPES.filter((one) =>
          validatorOf(components.schemas[one] ?? {})(example.payload),
        );
        assert.deepEqual(takenBy, [type]);
      }
    });

    it(`names each field of ${type}, and asks for those that each event has`, () => {
      const schema = components.schemas[type] as Schema;
      const example = components.messages[type]?.examples?.[0]?.payload;
      assert.ok(example);
      assert.deepEqual(Object.keys(example).toSorted(), Object.keys(schema.properties).toSorted());
      const { data } = schema.properties;
      assert.deepEqual(Object.keys(example.data).toSorted(), Object.keys(data?.properties ?? {}).toSorted());
      const validate = validatorOf(schema);
      for (const name of schema.required) assert.ok(!validate({ ...example, [name]: undefined }), name);
      for (const name of data?.required ?? []) {
        assert.ok(!validate({ ...example, data: { ...example.data, [name]: undefined } }), name);
      }
    });

    it(`takes any event ${type} that we write`, () => {
      const validate = validatorOf(components.schemas[type] ?? {});
      fc.assert(
        fc.property(factsOf(type), (fact) => {
          const event: unknown = JSON.parse(JSON.stringify(paymentEvent(fact)));
          assert.ok(validate(event), JSON.stringify(validate.errors));
        }),
      );
    });
  }

  it('takes fields that a later version adds', () => {
    for (const [type, { examples = [] }] of Object.entries(components.messages)) {
      for (const { payload } of examples) {
        const later = { ...payload, tenant: 'one', data: { ...payload.data, channel: 'web' } };
        assert.ok(validatorOf(components.schemas[type] ?? {})(later), type);
      }
    }
  });
});

interface Schema {
  readonly properties: Record<
    string,
    { properties?: Record<string, object>; required?: string[] } | undefined
  >;
  readonly required: string[];
}

const amounts = fc.bigInt(1n, MAX_AMOUNT);
const times = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') })
  .map((date) => date.toISOString());

const DETAILS = {
  'payment.completed': {},
  'payment.authorized': { captureBefore: times },
  'payment.declined': { reason: fc.constantFrom(...DECLINE_REASONS) },
  'payment.captured': { amountCaptured: amounts },
  'payment.released': { reason: fc.constantFrom(...CANCELLATION_REASONS) },
  'payment.refunded': {
    refundId: fc.uuid(),
    refundAmount: amounts,
    amountCaptured: amounts,
    amountRefunded: amounts,
  },
} as const satisfies Record<PaymentEventType, object>;

function factsOf(type: PaymentEventType) {
  return fc.record({
    type: fc.constant(type),
    orderId: fc.uuid(),
    userId: fc.uuid(),
    amount: amounts,
    currency: fc.constantFrom('EUR', 'JPY'),
    time: times,
    traceparent: fc.option(fc.string(), { nil: undefined }),
    tracestate: fc.option(fc.string(), { nil: undefined }),
    signature: fc.option(fc.string(), { nil: undefined }),
    ...DETAILS[type],
  });
}
