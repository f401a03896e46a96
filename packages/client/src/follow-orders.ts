import type { OrderReply } from '@gozon/contracts/http/orders-api';
import { parseReply } from '@gozon/contracts/values/parse-reply';
import { ROUTES } from '@gozon/contracts/values/routes';
import { createParser } from 'eventsource-parser';
import { parseBody, refusal } from './call.ts';

/** In ms; the server sends a comment every 5 s, so a stream that is silent for longer is broken. */
const SILENCE = 12_000;

/** A customer's orders as they change, each as it was then. Ends when the service does; throws when the link breaks. */
export interface OrderStream extends AsyncIterable<OrderChange>, AsyncDisposable {}

export interface OrderChange {
  /** The Last-Event-ID to resume after it. */
  readonly id: string;
  readonly order: OrderReply;
}

/** The fetch of a transport, which knows the gateway and the caller. */
export type OpenStream = (
  path: string,
  init: { readonly headers: Record<string, string>; readonly signal: AbortSignal },
) => Promise<Pick<Response, 'ok' | 'status' | 'headers' | 'body' | 'text'>>;

/**
 * Follows a customer's orders from now on, or from after an earlier change. Resolves when following has begun.
 *
 * It is read with a fetch: the browser's EventSource cannot send who asks. The package `eventsource` can, but it hides
 * the problem of a refusal, gives up at any status but 200 (also at 503, while a service restarts), repeats at a fixed
 * interval, keeps the id of an event that the server has purged, and reads faster than its consumer does.
 * @throws ApiProblem when the API refuses, or a network error
 */
export async function followOrders(
  open: OpenStream,
  { lastEventId }: { lastEventId?: string } = {},
): Promise<OrderStream> {
  const stop = new AbortController();
  const unlessSilent = async <Result>(step: Promise<Result>): Promise<Result> => {
    const timer = setTimeout(() => stop.abort(new Error('the stream fell silent')), SILENCE);
    return step.finally(() => clearTimeout(timer));
  };
  const reply = await unlessSilent(
    open(ROUTES.followOrders.path, {
      headers: {
        Accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
      },
      signal: stop.signal,
    }),
  );
  if (!reply.ok || !reply.body) {
    const body = parseBody(reply.headers.get('content-type'), await unlessSilent(reply.text()));
    throw refusal({ status: reply.status, headers: Object.fromEntries(reply.headers), body });
  }
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  return {
    async *[Symbol.asyncIterator]() {
      const changes: OrderChange[] = [];
      const parser = createParser({
        onEvent: ({ id = '', data }) => changes.push({ id, order: parseReply(data) as OrderReply }),
      });
      try {
        for (;;) {
          const { done, value } = await unlessSilent(reader.read());
          if (done) return;
          parser.feed(value);
          yield* changes.splice(0);
        }
      } finally {
        stop.abort();
      }
    },
    [Symbol.asyncDispose]: async () => stop.abort(),
  };
}
