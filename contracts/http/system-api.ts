import { z } from 'zod';
import { AUDITED_INVARIANTS } from '../values/invariants.ts';
import { ROUTES } from '../values/routes.ts';
import { listOperatorActionsRoute } from './operator-action.ts';
import { defineRoute } from './route-contract.ts';
import { uuid, givenTime, time, withJsonSchema } from './wire.ts';

const processState = z.object({
  ready: z.boolean(),
  roles: z
    .record(
      z.string(),
      z.object({ ready: z.boolean(), reason: z.string().optional(), warning: z.string().optional() }),
    )
    .meta({
      description:
        'Each role of the process, with the reason when it is not ready, and with a warning when it is ready and needs a person.',
    }),
});

const count = z.int().nullable();
const milliseconds = z.int().meta({ description: 'In milliseconds.' });

const flow = z
  .object({
    placedPerSecond: z.number(),
    decidedPerSecond: z.number(),
    placedToDecided: z.object({ p50: milliseconds, p95: milliseconds, p99: milliseconds }).nullable().meta({
      description: 'Of the orders decided in that time; null without any.',
    }),
    undecided: z.int().meta({ description: 'Orders that are placed and not decided.' }),
    oldestUndecidedSeconds: z.number(),
  })
  .nullable()
  .meta({ description: 'Null while the database of orders is away.' });

const waitingRow = z.object({
  orderId: uuid,
  kind: z.string().meta({ description: 'What the row asks for.' }),
  attempts: z.int(),
  stuck: z.boolean().meta({ description: 'Failed ten times or more; it is still tried.' }),
  lastError: z.string(),
  createdAt: time,
  dueAt: time.meta({ description: 'When it is tried again.' }),
});

const invariantState = z.enum(['ok', 'waiting', 'violated', 'unknown']);

const invariant = z.object({
  id: z.enum(AUDITED_INVARIANTS),
  title: z.string(),
  state: invariantState.meta({
    description:
      'Waiting: late, because a part is or was away. Unknown: not checked yet, or not for a minute.',
  }),
  checked: z.int().meta({
    description:
      'How many checks were made since the process started. A thing that is checked again is counted again.',
  }),
  checkedAt: time.nullable(),
  fullPassAt: time.nullable().meta({
    description: 'When a full pass last ended; null before the first, and where each check sees everything.',
  }),
  breaches: z.int(),
  examples: z.array(z.string()).meta({ description: 'The first five, each in a sentence.' }),
});

const systemReply = z
  .object({
    processes: z
      .record(z.string(), processState)
      .meta({ description: 'By name: the copy that answered, when there are several.' }),
    flow: flow.meta({ description: 'Of the last minute.' }),
    outbox: z
      .object({
        pending: z.int().meta({ description: 'Rows whose workflow is not started yet.' }),
        stuck: z.int().meta({ description: 'Those that failed ten times or more; they are still tried.' }),
        oldestAgeSeconds: z.number(),
        failing: z
          .array(waitingRow)
          .meta({ description: 'Rows that have failed and wait, the most often tried first; 20 at most.' }),
      })
      .nullable()
      .meta({ description: 'Null while the database of orders is away.' }),
    consumerLag: count.meta({
      description: 'Payment events that orders has not applied yet; null while Kafka is away.',
    }),
    deadLetters: count.meta({ description: 'Messages on the dead-letter topic; null while Kafka is away.' }),
    invariants: z.array(invariant),
  })
  .meta({ id: 'System' });

const reading = z
  .object({
    at: time,
    flow: flow.meta({ description: 'Of the ten seconds before.' }),
    outboxPending: count,
    outboxOldestAgeSeconds: z.number().nullable(),
    consumerLag: count,
    deadLetters: count,
    ready: z.record(z.string(), z.boolean()).meta({ description: 'Each process by name.' }),
    invariants: invariantState.meta({ description: 'The worst of them.' }),
  })
  .meta({ id: 'Reading' });

export type ProcessState = z.output<typeof processState>;
export type Flow = z.output<typeof flow>;
export type Invariant = z.output<typeof invariant>;
export type InvariantState = Invariant['state'];
export type SystemReply = z.output<typeof systemReply>;
export type Reading = z.output<typeof reading>;

export const getSystemRoute = defineRoute({
  ...ROUTES.getSystem,
  tag: 'System',
  operator: true,
  summary: 'The current state of the system',
  reply: {
    status: 200,
    description: 'The state now. A part that does not answer is null or not ready.',
    schema: systemReply,
  },
  problems: [],
});

export const getSystemHistoryRoute = defineRoute({
  ...ROUTES.getSystemHistory,
  tag: 'System',
  operator: true,
  summary: 'The recent states of the system',
  description: 'Those of the last 15 minutes, as one copy of workflows has read them since it started.',
  query: z.strictObject({
    after: withJsonSchema(givenTime.optional(), {
      type: 'string',
      format: 'date-time',
      description: 'Only later readings: the `at` of the last one that you have.',
    }),
  }),
  reply: {
    status: 200,
    description: 'Readings, oldest first.',
    schema: z.object({ readings: z.array(reading) }),
  },
  problems: [],
});

export const systemApi = [getSystemRoute, getSystemHistoryRoute, listOperatorActionsRoute] as const;
