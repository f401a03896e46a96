import { createParser } from 'eventsource-parser';
import { parseBody, refusal } from '#contracts/client/client.ts';
import type { ApiReply, ApiRequest, OrderChange, OrderStream } from '#contracts/client/client.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { parseReply } from '#contracts/values/parse-reply.ts';
import { toJson } from '#contracts/values/to-json.ts';

/** In ms; the gateway answers 504 after 10 s, so a reply that comes no sooner than this never will. */
const REPLY_DEADLINE = 12_000;

/** In ms; the server says every 5 s that a stream is alive. */
const SILENCE = 12_000;

/** Sends with the browser's fetch. `identity` are the headers that say who asks. */
export function browserTransport(identity: Readonly<Record<string, string>>) {
  async function send({ method, path, headers, body }: ApiRequest): Promise<ApiReply> {
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
    return readReply(reply);
  }

  /** EventSource cannot send who we are, hence a fetch that is read as it comes. */
  async function follow({ lastEventId }: { lastEventId?: string } = {}): Promise<OrderStream> {
    const stop = new AbortController();
    let silence = setTimeout(() => stop.abort(), SILENCE);
    const reply = await fetch('/api/orders/events', {
      headers: {
        ...identity,
        Accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
      },
      cache: 'no-store',
      signal: stop.signal,
    });
    if (!reply.ok || !reply.body) {
      clearTimeout(silence);
      throw refusal(await readReply(reply));
    }
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    const end = async () => {
      clearTimeout(silence);
      stop.abort();
    };
    return {
      async *[Symbol.asyncIterator]() {
        const changes: OrderChange[] = [];
        const parser = createParser({
          onEvent: ({ id = '', data }) => changes.push({ id, order: parseReply(data) as OrderReply }),
        });
        try {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) return;
            clearTimeout(silence);
            silence = setTimeout(() => stop.abort(), SILENCE);
            parser.feed(value);
            yield* changes.splice(0);
          }
        } finally {
          await end();
        }
      },
      [Symbol.asyncDispose]: end,
    };
  }

  return { send, follow };
}

async function readReply(reply: Response): Promise<ApiReply> {
  return {
    status: reply.status,
    headers: Object.fromEntries(reply.headers),
    body: parseBody(reply.headers.get('content-type'), await reply.text()),
  };
}
