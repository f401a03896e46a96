import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { STACK_BOUNDS, STACK_COMPONENTS } from '../values/stack-bounds.ts';
import { defineRoute } from './route-contract.ts';
import { time } from './wire.ts';

// What `npm start` lets a developer do to the system that it runs. The gateway has these routes only when STACK_URL is
// set, which it refuses with IDENTITY=jwt.

const part = z.object({
  name: z.enum(STACK_COMPONENTS),
  state: z.enum(['running', 'paused', 'stopped']).meta({
    description: 'Paused: it stands still and its connections stay open. Stopped: being started again.',
  }),
  pausedUntil: time.nullable().meta({ description: 'When it goes on by itself.' }),
});

const load = z.object({
  running: z.boolean(),
  ratePerSecond: z.int(),
  seconds: z.int(),
  acknowledged: z.int(),
  refused: z.int(),
  unanswered: z.int().meta({ description: 'Nobody answered in time: done or not.' }),
  repeats: z.int().meta({ description: 'Requests made again, with their key, because a part was away.' }),
});

const stackEvent = z.object({
  at: time,
  kind: z.enum(['fault', 'recovery', 'load']),
  text: z.string(),
});

const stackState = z
  .object({
    parts: z.array(part),
    load: load.nullable().meta({ description: 'The last load; null when there was none.' }),
    events: z.array(stackEvent).meta({ description: 'What was done and what came of it, oldest first.' }),
  })
  .meta({ id: 'Stack' });

export type StackPart = z.output<typeof part>;
export type StackLoad = z.output<typeof load>;
export type StackEvent = z.output<typeof stackEvent>;
export type StackState = z.output<typeof stackState>;

const atMost = (bound: number) =>
  z
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(bound, { error: `must be at most ${bound}` });

const tag = 'Stack';

export const getStackRoute = defineRoute({
  ...ROUTES.getStack,
  tag,
  operator: true,
  summary: 'What npm start runs, and what was done to it',
  reply: { status: 200, description: 'The parts, the load, and the last events.', schema: stackState },
  problems: [],
});

export const faultRoute = defineRoute({
  ...ROUTES.fault,
  tag,
  operator: true,
  summary: 'Kill or pause a part',
  description:
    '`kill` is kill -9; the part is started again. `pause` stops it in its tracks, and it goes on after `seconds` or at `resume`.',
  body: z.strictObject({
    part: z.enum(STACK_COMPONENTS, { error: `must be one of ${STACK_COMPONENTS.join(', ')}` }),
    fault: z.enum(['kill', 'pause', 'resume'], { error: 'must be kill, pause or resume' }),
    seconds: atMost(STACK_BOUNDS.pause).default(10).meta({ description: 'Of a pause.' }),
  }),
  reply: { status: 202, description: 'It is done; what follows shows in the events.', schema: stackState },
  problems: ['stack_busy'],
});

export const startLoadRoute = defineRoute({
  ...ROUTES.startLoad,
  tag,
  operator: true,
  summary: 'Place orders evenly, of new customers',
  description: 'Some are beyond the balance, some submitted twice; each is repeated until it is answered.',
  body: z.strictObject({
    ratePerSecond: atMost(STACK_BOUNDS.loadRate),
    seconds: atMost(STACK_BOUNDS.loadSeconds),
  }),
  reply: { status: 202, description: 'It has begun.', schema: stackState },
  problems: ['stack_busy'],
});

export const stopLoadRoute = defineRoute({
  ...ROUTES.stopLoad,
  tag,
  operator: true,
  summary: 'End the load',
  reply: { status: 202, description: 'No more orders are begun. Harmless to repeat.', schema: stackState },
  problems: [],
});

export const deliverTwiceRoute = defineRoute({
  ...ROUTES.deliverTwice,
  tag,
  operator: true,
  summary: 'Deliver the last orders a second time',
  description:
    'Marks their outbox rows as never dispatched: each is started, debited and reported to Kafka once more, and nothing must come of it.',
  body: z.strictObject({ rows: atMost(STACK_BOUNDS.again).default(20) }),
  reply: {
    status: 202,
    description: 'How many rows of the outbox are due again.',
    schema: z.object({ rows: z.int() }),
  },
  problems: [],
});

export const stackApi = [
  getStackRoute,
  faultRoute,
  startLoadRoute,
  stopLoadRoute,
  deliverTwiceRoute,
] as const;
