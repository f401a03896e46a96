import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { defineRoute } from './route-contract.ts';
import { uuid, givenTime, withJsonSchema } from './wire.ts';

export const redriveRoute = defineRoute({
  ...ROUTES.redrive,
  tag: 'System',
  operator: true,
  summary: 'Try waiting outbox rows, or dead letters, at once',
  description:
    'Makes every outbox row that has failed due now; harmless to repeat. With `deadLetters`, it also sends dead letters back ' +
    'to their topic, a few hundred at a time and each once.',
  body: z.strictObject({ deadLetters: z.boolean({ error: 'must be true or false' }).default(false) }),
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
    'contradictions and never repairs them. Harmless to repeat.',
  body: z.strictObject({
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

export const repairApi = [redriveRoute, reconcileRoute] as const;
