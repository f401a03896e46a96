import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { defineRoute } from './route-contract.ts';
import { orderParams, time } from './wire.ts';

const step = z.object({
  name: z.string(),
  /** A local activity runs within a workflow task; an ordinary one is retried by Temporal, for ever. */
  local: z.boolean(),
  startedAt: time,
  endedAt: time.nullable(),
  attempts: z.int(),
  /** Of the attempt before the last, or of the last one. */
  lastFailure: z.string().nullable(),
});

const run = z.object({
  workflowId: z.string(),
  runId: z.string(),
  type: z.string(),
  status: z.string(),
  startedAt: time,
  closedAt: time.nullable(),
  steps: z.array(step),
});

const runsReply = z.object({ runs: z.array(run) });

/** What Temporal knows of one order. */
export type RunsReply = z.output<typeof runsReply>;
export type WorkflowRun = z.output<typeof run>;
export type WorkflowStep = z.output<typeof step>;

/** Between services only: not part of the API that the gateway forwards. */
export const getRunsRoute = defineRoute({
  ...ROUTES.getRuns,
  tag: 'Internal',
  summary: 'The workflow runs of an order, with their steps',
  params: orderParams,
  reply: {
    status: 200,
    description:
      'The latest run of each of its workflows; none before they are started, or after the retention.',
    schema: runsReply,
  },
  problems: [],
});
