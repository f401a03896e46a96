import { z } from 'zod';
import { DEAD_LETTER_CODES } from '../events/dead-letters.ts';
import { ROUTES } from '../values/routes.ts';
import { because, becauseIfAny } from './operator-action.ts';
import { defineRoute } from './route-contract.ts';
import { uuid, givenTime, time, withJsonSchema } from './wire.ts';

export const redriveRoute = defineRoute({
  ...ROUTES.redrive,
  tag: 'System',
  operator: true,
  summary: 'Try waiting outbox rows, or dead letters, at once',
  description:
    'Makes every outbox row that has failed due now; harmless to repeat. With `deadLetters`, it also sends dead letters back ' +
    'to their topic, a few hundred at a time and each once.',
  body: z.strictObject({
    deadLetters: z.boolean({ error: 'must be true or false' }).default(false),
    ...because,
  }),
  reply: {
    status: 200,
    description: 'How much is tried again.',
    schema: z.object({
      rows: z.int().meta({ description: 'Outbox rows that were made due.' }),
      deadLetters: z.int().meta({ description: 'Dead letters that were redriven.' }),
      deadLettersLeft: z
        .int()
        .meta({ description: 'Dead letters that are left for the next request; 0 unless asked for.' }),
    }),
  },
  problems: [],
});

const deadLetter = z
  .object({
    partition: z.int(),
    offset: z.int(),
    at: time.meta({ description: 'When it became a dead letter.' }),
    key: z.string().nullable().meta({ description: 'That of the message: the id of its order, as a rule.' }),
    code: z
      .enum(DEAD_LETTER_CODES)
      .nullable()
      .meta({ description: 'Why it cannot be applied; null for one from before there were codes.' }),
    reason: z.string().nullable().meta({ description: 'The same in words.' }),
    source: z.string().nullable().meta({ description: 'Its original topic, partition and offset.' }),
  })
  .meta({ id: 'DeadLetter' });

export const listDeadLettersRoute = defineRoute({
  ...ROUTES.listDeadLetters,
  tag: 'System',
  operator: true,
  summary: 'The dead letters that nobody has dealt with',
  description: 'Those that were neither redriven nor skipped. It moves nothing.',
  reply: {
    status: 200,
    description: 'The first of each partition, oldest first; 500 at most.',
    schema: z.object({
      deadLetters: z.array(deadLetter),
      deadLettersLeft: z.int().meta({ description: 'How many more there are.' }),
    }),
  },
  problems: [],
});

const position = z.int({ error: 'must be a whole number' }).min(0, { error: 'must be at least 0' });

export const skipDeadLettersRoute = defineRoute({
  ...ROUTES.skipDeadLetters,
  tag: 'System',
  operator: true,
  summary: 'Pass over dead letters that nobody can cure',
  description:
    'Passes over the one at this position and all before it in its partition, so that they are neither listed nor redriven ' +
    'from now on. They stay in their topic. Harmless to repeat.',
  body: z.strictObject({ partition: position, offset: position, ...because }),
  reply: {
    status: 200,
    description: 'How many were passed over.',
    schema: z.object({ skipped: z.int() }),
  },
  problems: [],
});

const finding = z
  .object({
    orderId: uuid,
    kind: z.string().meta({
      description:
        '`event_lost` is repaired by a new report. Any other kind is a contradiction, which only a person can repair.',
    }),
    detail: z.string(),
  })
  .meta({ id: 'Finding' });

export const reconcileRoute = defineRoute({
  ...ROUTES.reconcile,
  tag: 'System',
  operator: true,
  summary: 'Compare orders with decisions and ledger',
  description:
    'Compares up to a thousand orders with their decisions and postings, and reports lost events again. It lists ' +
    'contradictions and never repairs them. Harmless to repeat. It needs a `reason` unless it is a dry run.',
  body: z
    .strictObject({
      since: withJsonSchema(givenTime.optional(), {
        type: 'string',
        format: 'date-time',
        description: 'Only orders that were placed at this time or later.',
      }),
      cursor: uuid.optional().meta({ description: 'The nextCursor of the page before.' }),
      dryRun: z
        .boolean({ error: 'must be true or false' })
        .default(false)
        .meta({ description: 'Compare only: report nothing again.' }),
      ...becauseIfAny,
    })
    .refine(({ dryRun, reason }) => dryRun || reason !== undefined, {
      path: ['reason'],
      error: 'is required, unless dryRun is true',
    }),
  reply: {
    status: 200,
    description: 'The findings of one page of orders.',
    schema: z
      .object({
        compared: z.int(),
        waiting: z.int().meta({ description: 'Orders that are undecided, or whose event may be under way.' }),
        findings: z.array(finding),
        reported: z.int().meta({ description: 'Orders whose lost events were reported again.' }),
        notReported: z
          .string()
          .nullable()
          .meta({ description: 'Why lost events were not reported again; null when they were.' }),
        nextCursor: uuid
          .nullable()
          .meta({ description: 'Where the next page begins; null on the last page.' }),
      })
      .meta({ id: 'Reconciliation' }),
  },
  problems: [],
});

export const restoreOrderRoute = defineRoute({
  ...ROUTES.restoreOrder,
  tag: 'System',
  operator: true,
  summary: 'Put back an order that payments knows and orders does not',
  description:
    'After orders was restored to a moment before the order. It is inserted from what payments signed about it, and becomes ' +
    'what it was a moment later, without its description. Then it can be read, captured, cancelled and refunded as before.',
  body: z.strictObject({ orderId: uuid, ...because }),
  reply: {
    status: 200,
    description: 'Whether it was put back.',
    schema: z.object({
      restored: z.boolean().meta({ description: 'False when orders has it: nothing was changed.' }),
    }),
  },
  problems: ['order_not_found'],
});

export const repairApi = [
  redriveRoute,
  listDeadLettersRoute,
  skipDeadLettersRoute,
  reconcileRoute,
  restoreOrderRoute,
] as const;
