import { z } from 'zod';
import { MAX_AMOUNT } from '../values/money/money.ts';
import { EXAMPLE_IDS } from './examples/example.ts';

// Schemas that more than one route uses.

/**
 * A schema with a JSON Schema of its own, for the OpenAPI document (zod-openapi's `override`): zod cannot derive it where
 * code and wire differ, as for a query's number, which is text.
 */
export function withJsonSchema<Schema extends z.ZodType>(
  schema: Schema,
  json: Readonly<Record<string, unknown>>,
): Schema {
  return schema.meta({
    override: ({ jsonSchema }: { jsonSchema: Record<string, unknown> }) => {
      const { description = json['description'] } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, json, { description });
    },
  });
}

/** Money or a version: an exact integer of any size. */
export const integer = z.bigint();

/** Text of 1 to `most` Unicode code points that PostgreSQL can store: neither NUL nor half a surrogate pair. */
export function shortText(most: number, meaning: string) {
  return withJsonSchema(
    z
      .string({ error: 'must be text' })
      .refine((text) => text !== '' && Array.from(text).length <= most, {
        error: `must be 1 to ${most} characters`,
      })
      .refine((text) => !text.includes('\0') && text.isWellFormed(), {
        error: 'must not contain NUL or broken Unicode',
      }),
    {
      type: 'string',
      minLength: 1,
      maxLength: most,
      pattern: String.raw`^[^\u0000]*$`,
      description: meaning,
    },
  );
}

/** A UUID of any version. It becomes lower case. */
export const uuid = withJsonSchema(
  z.guid({ error: 'must be a UUID' }).transform((text) => text.toLowerCase()),
  { type: 'string', format: 'uuid' },
);

/** The order in a path, with the one that the documentation shows. */
export const orderParams = z.object({ orderId: uuid.meta({ param: { example: EXAMPLE_IDS.orderId } }) });

/** The user in a path, with the one that the documentation shows. */
export const userParams = z.object({ userId: uuid.meta({ param: { example: EXAMPLE_IDS.userId } }) });

/** The amount of an order or a top-up: a JSON integer of minor units, 1 to {@link MAX_AMOUNT}. */
export const amount = withJsonSchema(
  z
    .int({ error: 'must be a whole number of minor units' })
    .min(1, { error: 'must be at least 1' })
    .max(Number(MAX_AMOUNT), { error: `must be at most ${MAX_AMOUNT}` })
    .transform(BigInt),
  {
    type: 'integer',
    minimum: 1,
    maximum: Number(MAX_AMOUNT),
    description: 'In minor units: 1999 is 19.99 EUR.',
  },
);

/** An ISO 4217 code that this runtime knows. */
export const currency = withJsonSchema(
  z.string().refine((code) => Intl.supportedValuesOf('currency').includes(code), {
    error: 'must be an ISO 4217 currency code such as EUR',
  }),
  { type: 'string', enum: ['{currency}'], description: 'ISO 4217. The only currency of this shop.' },
);

/** {@link currencyDigits} of the currency beside it, so that a client needs no table of its own. */
export const currencyDigits = z.int().min(0).max(4).meta({
  description:
    "ISO 4217's minor unit: an amount has this many digits after the decimal point. 2 for EUR, 0 for JPY.",
});

/** RFC 3339, UTC. */
export const time = withJsonSchema(z.iso.datetime(), {
  type: 'string',
  format: 'date-time',
  example: '2026-11-22T18:51:26.000Z',
});

/** A time from a client: RFC 3339 in any time zone, as JSON Schema's date-time allows. */
export const givenTime = z.iso.datetime({
  offset: true,
  error: 'must be a time in RFC 3339, such as 2026-11-22T18:51:26Z',
});

/** The maximum number of items on a page: 1 to 100, by default 20. */
export const limit = withJsonSchema(
  z
    .string({ error: 'must be given once' })
    .regex(/^[0-9]{1,9}$/, { error: 'must be a whole number' })
    .transform(Number)
    .pipe(z.int().min(1, { error: 'must be at least 1' }).max(100, { error: 'must be at most 100' }))
    .default(20),
  { type: 'integer', minimum: 1, maximum: 100, default: 20 },
);

/** Where a page begins. Only the service that made it can read it. */
export const cursor = withJsonSchema(
  z
    .string({ error: 'must be given once' })
    .regex(/^[\w-]{1,40}\.[\w-]{22}$/, { error: 'must be the nextCursor of an earlier page' }),
  {
    type: 'string',
    pattern: '^[A-Za-z0-9_-]{1,40}\\.[A-Za-z0-9_-]{22}$',
    description: 'The nextCursor of an earlier page of this list, unchanged.',
  },
);

/** The id of an event, after which a stream resumes. */
export const eventId = withJsonSchema(
  z
    .string({ error: 'must be given once' })
    .regex(/^[0-9]{1,18}$/, { error: 'must be the id of an event that you received' })
    .transform(BigInt),
  {
    type: 'string',
    pattern: '^[0-9]{1,18}$',
    description: 'Opaque: the id of the last event that you received.',
  },
);

/** A keyset page, newest first. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Where the next page begins. Null on the last page.' }),
  });
}
