import { PassThrough } from 'node:stream';
import type { Kysely } from '#platform/database.ts';
import { toJson } from '#contracts/to-json.ts';
import { Gauge } from '#platform/metrics.ts';
import { Problem } from '#platform/problem.ts';
import type { OrderFeed } from './follow-orders.ts';
import { findEnds, findEvents } from './order-stream.queries.ts';
import type { StreamedEvent } from './order-stream.queries.ts';
import type { OrdersTables } from './schema.ts';

/** In ms; shorter than the gateway waits for a silent service (10 s). */
const HEARTBEAT = 5_000;
const BATCH = 500;
/** A client that reads more slowly than this many bytes behind is disconnected, and resumes when it can. */
const MAX_BUFFERED = 1 << 20;

const streamsOpen = new Gauge({
  name: 'orders_streams_open',
  help: 'Clients that follow their orders by this copy.',
});

/**
 * A user's order changes as Server-Sent Events (WHATWG HTML, section 9.2), from after `lastEventId` or from now on: first
 * what was missed, from the table, then what comes, from the feed; each once.
 * @throws Problem 400 when `lastEventId` is of no event yet, 410 when what came after it may be purged, 429 when the user has
 * too many open, 503 while events cannot be read
 */
export async function streamOrders(
  deps: { db: Kysely<OrdersTables>; feed: OrderFeed; signal: AbortSignal },
  { userId, lastEventId }: { userId: string; lastEventId: bigint | undefined },
): Promise<PassThrough> {
  if (lastEventId !== undefined) await refuseUnknown(deps.db, lastEventId);
  const stream = new PassThrough();
  // Listening begins before the table is read, so nothing falls between the two; what comes meanwhile waits.
  const waiting: StreamedEvent[] = [];
  let send = (event: StreamedEvent) => void waiting.push(event);
  const { after, stop } = deps.feed.listen(userId, (event) => send(event));
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT);
  // A stream never ends by itself, and would hold up the process that is told to stop.
  const end = () => stream.end();
  if (deps.signal.aborted) end();
  deps.signal.addEventListener('abort', end);
  streamsOpen.inc();
  stream.once('close', () => {
    streamsOpen.dec();
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

  // The client sees the stream break off, and resumes.
  catchUp().catch(() => stream.destroy());
  return stream;
}

/**
 * Waiting for what comes after an event that never was would be waiting for ever, without a word; and going on after one
 * whose followers are purged would be a gap without a word. 0 asks for all that is kept.
 */
async function refuseUnknown(db: Kysely<OrdersTables>, lastEventId: bigint): Promise<void> {
  const { last, purged } = await findEnds(db);
  if (lastEventId > last) {
    throw new Problem('invalid_parameter', {
      detail: 'last-event-id must be the id of an event that you received.',
      errors: [{ field: 'last-event-id', message: 'must be the id of an event that you received' }],
    });
  }
  if (lastEventId < purged && lastEventId !== 0n) {
    throw new Problem('events_purged', {
      detail: `What came after ${lastEventId} is no longer kept. Read your orders, then follow them without last-event-id.`,
    });
  }
}
