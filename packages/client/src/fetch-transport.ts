import { toJson } from '@gozon/contracts/values/to-json';
import { parseBody } from './call.ts';
import type { ApiRequest, Send } from './call.ts';
import type { OpenStream } from './follow-orders.ts';

/** In ms; the gateway answers 504 after 10 s, so a reply that has not come by then never will. */
export const REPLY_DEADLINE = 12_000;

export interface FetchTransportOptions {
  /** The gateway's address, such as `http://127.0.0.1:8080`; by default that of the page. */
  readonly baseUrl?: string;
  /** Who asks: `Authorization`, or `X-User-Id` where the gateway believes it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Called with each reply, before its body is read. */
  readonly onReply?: (reply: Pick<Response, 'headers'>) => void;
}

/** Sends with the fetch of the browser or of Node. */
export function fetchTransport({
  baseUrl = '',
  headers: identity,
  onReply = () => {},
}: FetchTransportOptions): {
  readonly send: Send;
  readonly open: OpenStream;
} {
  return {
    async send({ method, path, headers, body }: ApiRequest) {
      const reply = await fetch(`${baseUrl}${path}`, {
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
      onReply(reply);
      return {
        status: reply.status,
        headers: Object.fromEntries(reply.headers),
        body: parseBody(reply.headers.get('content-type'), await reply.text()),
      };
    },
    open: async (path, { headers, signal }) =>
      fetch(`${baseUrl}${path}`, { headers: { ...identity, ...headers }, cache: 'no-store', signal }),
  };
}
