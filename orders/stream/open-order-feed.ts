import { backOff, createWakeUp, inBackground, pause } from '@gozon/timing';
import type { WakeUp } from '@gozon/timing';
import { problems } from '#contracts/http/problems.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { RoleState } from '#platform/process/health.ts';
import type { Logger } from '#platform/process/logger.ts';
import type { Database } from '../schema.ts';
import { createPositioning } from './create-positioning.ts';
import { findEnds, findEvents } from './order-stream.queries.ts';
import type { StreamedEvent } from './order-stream.queries.ts';

const BATCH = 500;
/** A lost hint costs one poll; in ms. */
const POLL = 1_000;

/** For one user in this process. Each holds a connection from the gateway. */
const MAX_LISTENERS = 50;

/** Handles one event. It must not wait. */
export type Listener = (event: StreamedEvent) => void;

/** Hands each change of an order to the listeners in this process, as it happens. */
export interface OrderFeed extends AsyncDisposable {
  /**
   * Hands over every event of one user after the position `after`, which is returned.
   * @throws Problem 429 when that user has too many listeners, 503 while the position to begin at is unknown
   */
  listen(userId: string, listener: Listener): { after: bigint; stop: () => void };
}

/**
 * Tails the events table: gives new events their positions, reads those after the last, and hands each to its user's
 * listeners. Every copy of orders does so; the first to come gives the positions.
 */
export function openOrderFeed(options: {
  db: Database;
  wakeUp: WakeUp;
  log: Logger;
  /** Resolves when the schema is migrated. */
  ready: Promise<void>;
  onState: (state: RoleState) => void;
}): OrderFeed {
  const { db, wakeUp, log, onState } = options;
  const listeners = new Map<string, Set<Listener>>();
  // Without listeners, hints are ignored: to act on each would be a third of what an order costs the database.
  const firstListener = createWakeUp();
  const position = createPositioning(db);
  let last: bigint | undefined;

  async function readOn(): Promise<boolean> {
    last ??= (await findEnds(db)).last;
    const positioned = await position(BATCH);
    const events = await findEvents(db, { after: last, limit: BATCH });
    for (const event of events) {
      last = event.position;
      for (const listener of listeners.get(event.order.userId) ?? []) listener(event);
    }
    return positioned === BATCH || events.length === BATCH;
  }

  const reading = inBackground(async (signal) => {
    await options.ready;
    for (let failures = 0; !signal.aborted;) {
      try {
        const more = await readOn();
        failures = 0;
        onState({ ready: true });
        if (!more) await (listeners.size > 0 ? wakeUp : firstListener).wait(POLL, signal);
      } catch (error) {
        failures += 1;
        onState({ ready: false, reason: describeError(error) });
        log.warn({ err: error }, 'order events cannot be read, trying again');
        await pause(backOff(failures, { min: 100, max: 3_000 }), signal);
      }
    }
  });

  return {
    listen(userId, listener) {
      if (last === undefined) {
        throw problems.unavailable('Order events cannot be read yet. Repeat the request in a moment.');
      }
      const ofUser = listeners.get(userId) ?? new Set();
      if (ofUser.size >= MAX_LISTENERS) {
        throw problems.tooManyStreams(MAX_LISTENERS);
      }
      listeners.set(userId, ofUser.add(listener));
      firstListener.set();
      return {
        after: last,
        stop() {
          ofUser.delete(listener);
          if (ofUser.size === 0 && listeners.get(userId) === ofUser) listeners.delete(userId);
        },
      };
    },
    [Symbol.asyncDispose]: async () => reading[Symbol.asyncDispose](),
  };
}
