import { parseBody } from '#contracts/client/call.ts';
import type { ApiRequest, Send } from '#contracts/client/call.ts';
import type { OpenStream } from '#contracts/client/follow-orders.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { noteServerTime } from './server-clock.ts';

/** In ms; the gateway answers 504 after 10 s, so a reply that has not come by then never will. */
export const REPLY_DEADLINE = 12_000;

/** Sends with the browser's fetch. @param identity the headers that say who asks */
export function browserTransport(identity: Readonly<Record<string, string>>): {
  readonly send: Send;
  readonly open: OpenStream;
} {
  return {
    async send({ method, path, headers, body }: ApiRequest) {
      const reply = await fetch(path, {
        method,
        headers: {
          ...identity,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : typeof body === 'string' ? body : toJson(body),
        cache: 'no-store',
        signal: AbortSignal.timeout(REPLY_DEADLINE),
      });
      noteServerTime(reply.headers.get('date'));
      return {
        status: reply.status,
        headers: Object.fromEntries(reply.headers),
        body: parseBody(reply.headers.get('content-type'), await reply.text()),
      };
    },
    open: async (path, { headers, signal }) =>
      fetch(path, { headers: { ...identity, ...headers }, cache: 'no-store', signal }),
  };
}
