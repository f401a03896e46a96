import { Readable } from 'node:stream';
import type { FairLimit } from '@gozon/timing';
import { problems } from '#contracts/http/problems.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { fromTraceText } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import type { Logger } from '#platform/process/logger.ts';
import { Gauge } from '#platform/process/metrics.ts';
import { isTracing, spanContextOf, startSpan } from '#platform/tracing/spans.ts';
import type { Span } from '#platform/tracing/spans.ts';
import type { Database } from '../schema.ts';
import { eventsOfUser } from './events-of-user.ts';
import type { OrderFeed } from './open-order-feed.ts';
import { findEnds } from './order-stream.queries.ts';
import type { StreamedEvent } from './order-stream.queries.ts';

/** In ms; shorter than the gateway waits for a silent service (10 s). */
const HEARTBEAT = 5_000;
/**
 * A client that takes nothing for this long while there is something for it is disconnected; in ms. A slow one is
 * served slowly.
 */
const STALL_TIMEOUT = 10_000;

const streamsOpen = new Gauge({
  name: 'orders_streams_open',
  help: 'Clients that follow their orders by this copy.',
});

/**
 * A user's order changes as Server-Sent Events (WHATWG HTML, section 9.2), after `lastEventId` or from now on, each once.
 * A comment every {@link HEARTBEAT} shows that the stream is alive. It ends in order when the process stops. When the
 * client takes nothing for {@link STALL_TIMEOUT}, or events cannot be read, it breaks off, and the client resumes after
 * the last id that it received.
 * @throws Problem 400 when `lastEventId` is of no event yet, 410 when what came after it may be purged or lost, 429 when the
 *   user has too many open, 503 while events cannot be read
 */
export async function streamOrders(
  deps: { db: Database; feed: OrderFeed; replays: FairLimit; log: Logger; signal: AbortSignal },
  request: { userId: string; lastEventId: bigint | undefined; trace: TraceContext },
): Promise<Readable> {
  if (request.lastEventId !== undefined) await refuseUnknown(deps.db, request.lastEventId);
  const closed = new AbortController();
  const { from, events } = eventsOfUser(deps, request, {
    idle: HEARTBEAT,
    signal: AbortSignal.any([deps.signal, closed.signal]),
  });

  async function* frames(): AsyncGenerator<string, void> {
    let stalled: NodeJS.Timeout | undefined;
    try {
      yield `: connected\nid: ${from}\n\n`;
      for await (const event of events) {
        stalled = setTimeout(breakOff, STALL_TIMEOUT);
        const span = event && startSendSpan(event, request.trace);
        yield event ? frameOf(event) : ': still here\n\n';
        span?.end();
        clearTimeout(stalled);
      }
    } catch (error) {
      deps.log.warn({ err: error, userId: request.userId }, 'a stream breaks off: its events cannot be sent');
      breakOff();
    } finally {
      clearTimeout(stalled);
    }
  }
  const stream = Readable.from(frames(), { objectMode: false });
  const breakOff = () => void stream.destroy();
  streamsOpen.inc();
  stream.once('close', () => {
    streamsOpen.dec();
    closed.abort();
  });
  return stream;
}

/** Below the span that made the change, until the client has taken it; linked to the request of the stream. */
function startSendSpan({ trace, position }: StreamedEvent, stream: TraceContext): Span | undefined {
  if (!isTracing() || trace === null) return undefined;
  return startSpan(
    {
      name: 'stream order',
      links: [{ context: spanContextOf(stream) }],
      attributes: { 'gozon.stream.position': String(position) },
    },
    fromTraceText(trace),
  );
}

function frameOf({ position, order }: StreamedEvent): string {
  return `event: order\nid: ${position}\ndata: ${toJson(order)}\n\n`;
}

/**
 * Resuming after an id that was never issued would hang silently. Resuming after one whose successors were purged would
 * leave a silent gap, and so would one that is later than all events, but could have been issued: the database was restored
 * to an earlier moment. 0 asks for all events that are kept.
 */
async function refuseUnknown(db: Database, lastEventId: bigint): Promise<void> {
  const { last, purged, next } = await findEnds(db);
  if (lastEventId >= next) {
    throw problems.invalidParameter([
      { field: 'last-event-id', message: 'must be the id of an event that you received' },
    ]);
  }
  if (lastEventId > last || (lastEventId < purged && lastEventId !== 0n)) {
    throw problems.eventsPurged(lastEventId);
  }
}
