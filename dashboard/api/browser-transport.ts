import { toJson } from '#contracts/values/to-json.ts';
import { parseBody } from '#packages/client/src/call.ts';
import type { ApiRequest, Send } from '#packages/client/src/call.ts';
import type { OpenStream } from '#packages/client/src/follow-orders.ts';
import { saveReply } from './save-reply.ts';
import { noteServerTime } from './server-clock.ts';

/** In ms; the gateway answers 504 after 10 s, so a reply that has not come by then never will. */
export const REPLY_DEADLINE = 12_000;

/** Saves what a path answers as a file. @throws ApiProblem, or a network error where it did not come to its end */
export type Save = (this: void, path: string) => Promise<void>;

/** Sends with the browser's fetch. @param identity the headers that say who asks */
export function browserTransport(identity: Readonly<Record<string, string>>): {
  readonly send: Send;
  readonly open: OpenStream;
  readonly save: Save;
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
    save: async (path) => saveReply(await fetch(path, { headers: { ...identity }, cache: 'no-store' })),
  };
}
