import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { TIMER_OUTCOMES } from '../values/timeline.ts';
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

const timer = z.object({
  summary: z.string().nullable(),
  startedAt: time,
  firesAt: time,
  endedAt: time.nullable(),
  outcome: z.enum(TIMER_OUTCOMES),
});

const signal = z.object({ name: z.string(), at: time });

const run = z.object({
  workflowId: z.string(),
  runId: z.string(),
  type: z.string(),
  status: z.string(),
  startedAt: time,
  closedAt: time.nullable(),
  steps: z.array(step),
  timers: z.array(timer),
  signals: z.array(signal),
});

const runsReply = z.object({ runs: z.array(run) });

/** What Temporal has recorded about one order. */
export type RunsReply = z.output<typeof runsReply>;
export type WorkflowRun = z.output<typeof run>;
export type WorkflowStep = z.output<typeof step>;
export type WorkflowTimer = z.output<typeof timer>;
export type WorkflowSignal = z.output<typeof signal>;

/** Each costs Temporal two calls. */
export const MOST_RUNS = 3;

const workflowIds = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.string().min(1)).max(MOST_RUNS));

/** Between services only. The gateway does not forward it. */
export const getRunsRoute = defineRoute({
  ...ROUTES.getRuns,
  tag: 'Internal',
  summary: 'The workflow runs of an order, with their steps',
  params: orderParams,
  query: z.strictObject({ workflowIds: workflowIds.optional() }),
  reply: {
    status: 200,
    description:
      "The latest run of each of these workflows, or of the order's payment and cancel. None before a workflow is started, or after Temporal's retention.",
    schema: runsReply,
  },
  problems: [],
});
