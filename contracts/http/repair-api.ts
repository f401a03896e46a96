import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { defineRoute } from './route-contract.ts';
import { uuid, givenTime, withJsonSchema } from './wire.ts';

export const redriveRoute = defineRoute({
  ...ROUTES.redrive,
  tag: 'System',
  operator: true,
  summary: 'Try at once what waits for its next attempt',
  description:
    'Makes every outbox row that has failed due now; harmless to repeat. With `deadLetters`, also gives the messages of the ' +
    'dead-letter topic that were not given back before to the consumer again, a few hundred at a time.',
  body: z.strictObject({ deadLetters: z.boolean({ error: 'must be true or false' }).default(false) }),
  reply: {
    status: 200,
    description: 'How much is tried again.',
    schema: z.object({
      rows: z.int().meta({ description: 'Outbox rows that were made due.' }),
      deadLetters: z.int().meta({ description: 'Messages that were given back.' }),
      deadLettersLeft: z.int().meta({ description: 'Messages for the next time; 0 unless asked for.' }),
    }),
  },
  problems: [],
});

const finding = z
  .object({
    orderId: uuid,
    kind: z.string().meta({
      description:
        '`event_lost` is repaired by reporting again; any other is a contradiction that is left to you.',
    }),
    detail: z.string(),
  })
  .meta({ id: 'Finding' });

export const reconcileRoute = defineRoute({
  ...ROUTES.reconcile,
  tag: 'System',
  operator: true,
  summary: 'Hold orders against what was decided and posted',
  description:
    'Compares up to a thousand orders with the decisions and the ledger, and reports again what never arrived. What ' +
    'contradicts itself is listed and never repaired. Harmless to repeat.',
  body: z.strictObject({
    since: withJsonSchema(givenTime.optional(), {
      type: 'string',
      format: 'date-time',
      description: 'Only orders that were placed then or later.',
    }),
    cursor: uuid.optional().meta({ description: 'Where to go on: nextCursor of the page before.' }),
    dryRun: z
      .boolean({ error: 'must be true or false' })
      .default(false)
      .meta({ description: 'Only look: report nothing again.' }),
  }),
  reply: {
    status: 200,
    description: 'What was found of a page of orders.',
    schema: z
      .object({
        compared: z.int(),
        waiting: z.int().meta({ description: 'Orders that will be decided, or hear of it, by themselves.' }),
        findings: z.array(finding),
        reported: z.int().meta({ description: 'Orders whose lost events were reported again.' }),
        notReported: z.string().nullable().meta({ description: 'Why they were not, where they were not.' }),
        nextCursor: uuid
          .nullable()
          .meta({ description: 'Where the next page begins; null on the last one.' }),
      })
      .meta({ id: 'Reconciliation' }),
  },
  problems: [],
});

export const repairApi = [redriveRoute, reconcileRoute] as const;
