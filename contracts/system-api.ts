import { z } from 'zod';
import { defineRoute } from './route.ts';

const processState = z.object({
  ready: z.boolean(),
  roles: z
    .record(z.string(), z.object({ ready: z.boolean(), reason: z.string().optional() }))
    .meta({ description: 'Each role of the process, with the reason when it is not ready.' }),
});

const count = z.int().nullable();

const systemReply = z
  .object({
    processes: z
      .record(z.string(), processState)
      .meta({ description: 'By name: the copy that answered, when there are several.' }),
    outbox: z
      .object({
        pending: z.int().meta({ description: 'Rows whose workflow is not started yet.' }),
        stuck: z.int().meta({ description: 'Those that failed ten times or more; they are still tried.' }),
        oldestAgeSeconds: z.number(),
      })
      .nullable()
      .meta({ description: 'Null while the database of orders is away.' }),
    consumerLag: count.meta({
      description: 'Payment events that orders has not applied yet; null while Kafka is away.',
    }),
    deadLetters: count.meta({ description: 'Messages on the dead-letter topic; null while Kafka is away.' }),
  })
  .meta({ id: 'System' });

export type ProcessState = z.output<typeof processState>;
export type SystemReply = z.output<typeof systemReply>;

export const getSystemRoute = defineRoute({
  id: 'getSystem',
  method: 'get',
  path: '/api/system',
  tag: 'System',
  operator: true,
  summary: 'How the system is',
  reply: {
    status: 200,
    description: 'What is known now; a part that is away is null or not ready.',
    schema: systemReply,
  },
  problems: [],
});

export const redriveRoute = defineRoute({
  id: 'redrive',
  method: 'post',
  path: '/api/system/redrive',
  tag: 'System',
  operator: true,
  summary: 'Try at once what waits for its next attempt',
  description: 'Makes every outbox row that has failed due now. Harmless to repeat.',
  reply: {
    status: 200,
    description: 'How many rows were made due.',
    schema: z.object({ rows: z.int() }),
  },
  problems: [],
});

export const systemApi = [getSystemRoute, redriveRoute] as const;
