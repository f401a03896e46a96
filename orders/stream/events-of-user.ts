import { createWakeUp, pause } from '@gozon/timing';
import type { FairLimit } from '@gozon/timing';
import type { Database } from '../schema.ts';
import type { OrderFeed } from './open-order-feed.ts';
import { findEventsOfUser } from './order-stream.queries.ts';
import type { StreamedEvent } from './order-stream.queries.ts';

/** A batch is read and sent without a pause of this process, so it is small. */
const BATCH = 100;
/** How long a replay rests after a batch, in times that it took to read. */
const REST = 3;
/**
 * And no less than so many ms when there is more to read, so 1,000 events a second of one user. Each costs this process
 * 30 µs, most of it after it was read: without this, one user's replays took 6,000 a second and a quarter of a core.
 */
const LEAST_REST = 100;
/** Events that wait for a slow consumer. Beyond that they are read from the table when it goes on. */
const MAX_QUEUED = 100;

/**
 * The events of one user after `lastEventId` or from now on, each once, in order. It is in one of two states:
 * - following: it yields what the feed hands over. When the consumer is {@link MAX_QUEUED} behind, it catches up.
 * - catching up: it yields what the table has, in batches within the limit `replays`, and no faster than the consumer
 *   takes them. The feed only tells how far to read.
 *
 * Listening begins at once, before the table is read, so that no event falls between the two.
 * @param idle yields undefined after so many ms without an event
 * @returns where it begins, and the events until the signal aborts, which must come
 * @throws Problem 429 when the user has too many listeners, 503 while the feed does not know where to begin
 */
export function eventsOfUser(
  { db, feed, replays }: { db: Database; feed: OrderFeed; replays: FairLimit },
  { userId, lastEventId }: { userId: string; lastEventId: bigint | undefined },
  { idle, signal }: { idle: number; signal: AbortSignal },
): { from: bigint; events: AsyncGenerator<StreamedEvent | undefined, void> } {
  const queue: StreamedEvent[] = [];
  const arrived = createWakeUp();
  const { after, stop } = feed.listen(userId, (event) => {
    newest = event.position;
    if (!isBehind) queue.push(event);
    if (queue.length > MAX_QUEUED) {
      queue.length = 0;
      isBehind = true;
    }
    arrived.set();
  });
  // Not at the generator's end: one that never began has none.
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const from = lastEventId ?? after;
  let newest = after;
  let isBehind = from < after;

  /** Then rests, so that most of the time is for others, and more of it when reading is slow. */
  async function readBatch(behind: bigint, upTo: bigint): Promise<StreamedEvent[]> {
    const beganAt = performance.now();
    const batch = await findEventsOfUser(db, userId, { after: behind, upTo, limit: BATCH });
    const rest = REST * (performance.now() - beganAt);
    await pause(batch.length < BATCH ? rest : Math.max(rest, LEAST_REST), signal);
    return batch;
  }

  /** Waits for its turn too, as long as other replays take. */
  async function* meanwhile<Result>(work: Promise<Result>): AsyncGenerator<undefined, Result, void> {
    const ended = new AbortController();
    void work.finally(() => ended.abort()).catch(() => {});
    for (;;) {
      await pause(idle, ended.signal);
      if (ended.signal.aborted) return work;
      yield undefined;
    }
  }

  async function* events(): AsyncGenerator<StreamedEvent | undefined, void> {
    let last = from;
    let idleSince = performance.now();
    while (!signal.aborted) {
      const upTo = newest;
      const behind = last;
      const batch = isBehind
        ? yield* meanwhile(replays.run(userId, async () => readBatch(behind, upTo), signal))
        : queue.splice(0).filter(({ position }) => position > last);
      if (!batch) return;
      for (const event of batch) {
        yield event;
        last = event.position;
        idleSince = performance.now();
      }
      if (isBehind) {
        if (batch.length < BATCH) last = upTo;
        isBehind = last < newest;
      } else if (queue.length === 0) {
        await arrived.wait(Math.max(0, idleSince + idle - performance.now()), signal);
        if (performance.now() < idleSince + idle - 1) continue;
        yield undefined;
        idleSince = performance.now();
      }
    }
  }
  return { from, events: events() };
}
