import { PassThrough } from 'node:stream';
import type { Kysely } from '#platform/database.ts';
import { toJson } from '#platform/json.ts';
import type { OrderFeed } from './follow-orders.ts';
import { findEvents } from './order-stream.queries.ts';
import type { StreamedEvent } from './order-stream.queries.ts';
import type { OrdersTables } from './schema.ts';

/** In ms; shorter than the gateway waits for a silent service (10 s). */
const HEARTBEAT = 5_000;
const BATCH = 500;
/** A client that reads more slowly than this many bytes behind is disconnected, and resumes when it can. */
const MAX_BUFFERED = 1 << 20;

/**
 * A user's order changes as Server-Sent Events (WHATWG HTML, section 9.2), from after `lastEventId` or from now on: first
 * what was missed, from the table, then what comes, from the feed; each once.
 */
export function streamOrders(
  deps: { db: Kysely<OrdersTables>; feed: OrderFeed; signal: AbortSignal },
  { userId, lastEventId }: { userId: string; lastEventId: bigint | undefined },
): PassThrough {
  const stream = new PassThrough();
  // Listening begins before the table is read, so nothing falls between the two; what comes meanwhile waits.
  const waiting: StreamedEvent[] = [];
  let send = (event: StreamedEvent) => void waiting.push(event);
  const { after, stop } = deps.feed.listen(userId, (event) => send(event));
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT);
  // A stream never ends by itself, and would hold up the process that is told to stop.
  const end = () => stream.end();
  deps.signal.addEventListener('abort', end);
  stream.once('close', () => {
    deps.signal.removeEventListener('abort', end);
    clearInterval(heartbeat);
    stop();
  });

  function write({ position, order }: StreamedEvent): void {
    stream.write(`event: order\nid: ${position}\ndata: ${toJson(order)}\n\n`);
    if (stream.writableLength > MAX_BUFFERED) stream.destroy();
  }

  async function catchUp(): Promise<void> {
    stream.write(`: connected\nid: ${lastEventId ?? after}\n\n`);
    for (let from = lastEventId ?? after; from < after;) {
      const missed = await findEvents(deps.db, { after: from, upTo: after, userId, limit: BATCH });
      for (const event of missed) write(event);
      from = missed.length === BATCH ? (missed.at(-1)?.position ?? after) : after;
    }
    send = (event) => {
      if (event.position > (lastEventId ?? 0n)) write(event);
    };
    for (const event of waiting.splice(0)) send(event);
  }

  // The client sees the stream end, and resumes.
  catchUp().catch(() => stream.destroy());
  return stream;
}
