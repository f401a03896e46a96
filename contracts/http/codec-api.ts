import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { defineRoute } from './route-contract.ts';

// What Temporal's Web UI and CLI ask a codec server for. The gateway has it only when PAYLOAD_DECODING is set.

/** Of one request. The Web UI sends one at a time. */
const MOST_PAYLOADS = 100;

const base64 = z.base64({ error: 'must be base64' });

const payload = z.strictObject({
  metadata: z.record(z.string(), base64).optional(),
  data: base64.optional(),
});

/** A payload of Temporal as JSON: its bytes in base64. */
export type JsonPayload = z.output<typeof payload>;

const payloads = z.strictObject({
  payloads: z.array(payload).max(MOST_PAYLOADS, { error: `must be at most ${MOST_PAYLOADS}` }),
});

export const decodePayloadsRoute = defineRoute({
  ...ROUTES.decodePayloads,
  tag: 'System',
  operator: true,
  withoutUserInDev: true,
  summary: 'Decrypt what Temporal stores',
  description:
    "The decoder of Temporal's Web UI and CLI, whose codec endpoint is this path without `/decode`. Payloads that are not " +
    'encrypted come back as they are. 404 while payloads are not encrypted.',
  query: z.strictObject({
    preserveStorageRefs: z.enum(['true', 'false']).optional().meta({
      description: 'Sent by the Web UI, and of no effect: no payload is stored elsewhere.',
    }),
  }),
  body: payloads,
  reply: { status: 200, description: 'The same payloads, decrypted.', schema: payloads },
  problems: ['not_found'],
});

export const codecApi = [decodePayloadsRoute] as const;
