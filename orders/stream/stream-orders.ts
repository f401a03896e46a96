import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { problems } from '#contracts/http/problems.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { Gauge } from '#platform/process/metrics.ts';
import type { Database } from '../schema.ts';
import type { OrderFeed } from './follow-orders.ts';
import { findEnds, findEvents } from './order-stream.queries.ts';
import type { StreamedEvent } from './order-stream.queries.ts';

/** In ms; shorter than the gateway waits for a silent service (10 s). */
const HEARTBEAT = 5_000;
const BATCH = 500;
/** A client that is this many bytes behind the feed is disconnected, and resumes when it can. */
const MAX_BUFFERED = 1 << 20;
/** So is a client that reads nothing of what it missed for this long, in ms. One that reads slowly is served slowly. */
const STALL_TIMEOUT = 10_000;

const streamsOpen = new Gauge({
  name: 'orders_streams_open',
  help: 'Clients that follow their orders by this copy.',
});

/**
 * A user's order changes as Server-Sent Events (WHATWG HTML, section 9.2), after `lastEventId` or from now on, each once.
 *
 * A stream is in one of these states:
 * - catching up: it reads missed events from the table, as fast as the client reads them. The feed only tells how far to
 *   read. Then it follows. When the client reads nothing for {@link STALL_TIMEOUT}, or the table cannot be read, it
 * breaks off.
 * - following: it sends what the feed hands over. When the client is {@link MAX_BUFFERED} behind, it breaks off.
 * - ended: the process stops, so the response ends in order.
 * - broken off: the connection closes. The client resumes after the last id that it received.
 *
 * In the first two it sends a comment every {@link HEARTBEAT}.
 * @throws Problem 400 when `lastEventId` is of no event yet, 410 when what came after it may be purged, 429 when the
 *   user has
 * too many open, 503 while events cannot be read
 */
export async function streamOrders(
  deps: { db: Database; feed: OrderFeed; signal: AbortSignal },
  { userId, lastEventId }: { userId: string; lastEventId: bigint | undefined },
): Promise<PassThrough> {
  if (lastEventId !== undefined) await refuseUnknown(deps.db, lastEventId);
  const stream = new PassThrough();
  // Listening begins before the table is read, so that no event falls between the two. Until the stream has caught up,
  // new events are read from the table too.
  let latest = 0n;
  let send = ({ position }: StreamedEvent) => {
    latest = position;
  };
  const { after, stop } = deps.feed.listen(userId, (event) => send(event));
  latest = after;
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT);
  // A stream never ends by itself, and would hold up a process that has to stop.
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

  const write = ({ position, order }: StreamedEvent) =>
    stream.write(`event: order\nid: ${position}\ndata: ${toJson(order)}\n\n`);

  async function catchUp(): Promise<void> {
    let from = lastEventId ?? after;
    stream.write(`: connected\nid: ${from}\n\n`);
    while (from < latest) {
      const upTo = latest;
      const missed = await findEvents(deps.db, { after: from, upTo, userId, limit: BATCH });
      for (const event of missed) {
        if (!stream.writable) return;
        if (!write(event)) await once(stream, 'drain', { signal: AbortSignal.timeout(STALL_TIMEOUT) });
      }
      from = missed.length === BATCH ? (missed.at(-1)?.position ?? upTo) : upTo;
    }
    send = (event) => {
      if (event.position <= from) return;
      write(event);
      if (stream.writableLength > MAX_BUFFERED) stream.destroy();
    };
  }

  // The client sees the stream break off, and resumes.
  catchUp().catch(() => stream.destroy());
  return stream;
}

/**
 * Resuming after an id that was never issued would hang silently. Resuming after one whose successors were purged would
 * leave a silent gap. 0 asks for all events that are kept.
 */
async function refuseUnknown(db: Database, lastEventId: bigint): Promise<void> {
  const { last, purged } = await findEnds(db);
  if (lastEventId > last) {
    throw problems.invalidParameter([
      { field: 'last-event-id', message: 'must be the id of an event that you received' },
    ]);
  }
  if (lastEventId < purged && lastEventId !== 0n) {
    throw problems.eventsPurged(lastEventId);
  }
}
