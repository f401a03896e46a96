import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { defineRoute } from './route-contract.ts';
import { cursor, limit, page, shortText, time, uuid } from './wire.ts';

const reason = shortText(500, 'Why: it is kept with who did it and when.').refine(
  (text) => text.trim() !== '',
  {
    error: 'must say why',
  },
);

const by = shortText(100, 'The name of the person who asks, if the token does not say enough.').optional();

/** What an operator says of each change. */
export const because = { reason, as: by };

/** The same of a request that may change nothing. */
export const becauseIfAny = { reason: reason.optional(), as: by };

export const OPERATOR_ACTIONS = ['redrive', 'skip', 'report_again', 'restore_order', 'cancel'] as const;

const operatorAction = z
  .object({
    actionId: z.string().meta({ description: 'Opaque. Grows with time.' }),
    at: time,
    actor: uuid.meta({ description: 'Whose token, or X-User-Id, it was.' }),
    as: z.string().nullable().meta({ description: 'The name that was given with it.' }),
    action: z.enum(OPERATOR_ACTIONS).meta({
      description:
        '`skip`: dead letters were passed over. `report_again`: a reconciliation reported again what the order had not heard. `restore_order`: it was put back.',
    }),
    orderId: uuid.nullable(),
    reason: z.string(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'OperatorAction' });

/** What an operator did, when and why. */
export type OperatorActionReply = z.output<typeof operatorAction>;

export const listOperatorActionsRoute = defineRoute({
  ...ROUTES.listOperatorActions,
  tag: 'System',
  operator: true,
  summary: 'What operators did, newest first',
  description: 'Nobody can change or remove it by the API, nor can a service.',
  query: z.strictObject({ limit, cursor: cursor.optional() }),
  reply: { status: 200, description: 'A page of actions.', schema: page(operatorAction) },
  problems: [],
});
