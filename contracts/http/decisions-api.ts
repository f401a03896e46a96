import { z } from 'zod';
import { DECLINE_REASONS } from '../values/order-status.ts';
import { POSTING_ACCOUNTS, POSTING_KINDS } from '../values/postings.ts';
import { ROUTES } from '../values/routes.ts';
import { defineRoute } from './route-contract.ts';
import { integer, orderParams, time } from './wire.ts';

const decisionReply = z.object({
  decision: z
    .object({
      outcome: z.enum(['completed', 'authorized', 'declined']),
      reason: z.enum(DECLINE_REASONS).nullable(),
      decidedAt: time,
    })
    .nullable(),
  postings: z.array(
    z.object({
      kind: z.enum(POSTING_KINDS),
      account: z.enum(POSTING_ACCOUNTS),
      amount: integer,
      createdAt: time,
    }),
  ),
});

/** What payments has recorded about one order. */
export type DecisionReply = z.output<typeof decisionReply>;

/** Between services only. The gateway does not forward it. */
export const getDecisionRoute = defineRoute({
  ...ROUTES.getDecision,
  tag: 'Internal',
  summary: "The decision about an order of the caller, and the order's postings",
  params: orderParams,
  reply: {
    status: 200,
    description: 'The decision, or null when there is none yet.',
    schema: decisionReply,
  },
  problems: [],
});
