import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { defineRoute } from './route-contract.ts';
import { orderParams, time } from './wire.ts';

const step = z.object({
  name: z.string(),
  /** A local activity runs within a workflow task. Temporal retries a regular activity until it succeeds. */
  local: z.boolean(),
  startedAt: time,
  endedAt: time.nullable(),
  attempts: z.int(),
  /** The failure of the last attempt, or of the one before it. */
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

/** What Temporal has recorded about one order. */
export type RunsReply = z.output<typeof runsReply>;
export type WorkflowRun = z.output<typeof run>;
export type WorkflowStep = z.output<typeof step>;

/** Between services only. The gateway does not forward it. */
export const getRunsRoute = defineRoute({
  ...ROUTES.getRuns,
  tag: 'Internal',
  summary: 'The workflow runs of an order, with their steps',
  params: orderParams,
  reply: {
    status: 200,
    description:
      "The latest run of each of the order's workflows. None before a workflow is started, or after Temporal's retention.",
    schema: runsReply,
  },
  problems: [],
});
