import Router from '@koa/router';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { decodePayloadsRoute } from '#contracts/http/codec-api.ts';
import type { JsonPayload } from '#contracts/http/codec-api.ts';
import { problems } from '#contracts/http/problems.ts';
import { requireUser } from '#platform/http/identity.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import { UndecryptablePayload } from '#temporal-config/encrypt-payloads.ts';

/** Decrypts for operators what Temporal shows them. The gateway has checked that the caller is one. */
export function codecRoutes(codec: PayloadCodec) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  bindRoute(router, decodePayloadsRoute, async ({ body }) => ({
    body: { payloads: await Promise.all(body.payloads.map(decode)) },
  }));
  return router;

  async function decode(payload: JsonPayload, index: number): Promise<JsonPayload> {
    try {
      const [decoded] = await codec.decode([fromJson(payload)]);
      return decoded ? toJson(decoded) : payload;
    } catch (error) {
      if (!(error instanceof UndecryptablePayload)) throw error;
      throw problems.invalidBody([{ field: `payloads.${index}`, message: error.message }]);
    }
  }
}

function fromJson({ metadata = {}, data = '' }: JsonPayload): Payload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data, 'base64'),
  };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, toBase64(value)]),
    ),
    data: toBase64(data),
  };
}

function toBase64(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64');
}
