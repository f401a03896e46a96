import { problems } from '#contracts/http/problems.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { RoleState } from '#platform/process/health.ts';
import { inBackground, pause } from '#platform/process/lifecycle.ts';
import type { Logger } from '#platform/process/logger.ts';
import { backOff } from '#platform/timing/back-off.ts';
import { createWakeUp } from '#platform/timing/wake-up.ts';
import type { WakeUp } from '#platform/timing/wake-up.ts';
import type { Database } from '../schema.ts';
import { findEnds, findEvents, positionEvents } from './order-stream.queries.ts';
import type { StreamedEvent } from './order-stream.queries.ts';

const BATCH = 500;
/** A lost hint costs one poll; in ms. */
const POLL = 1_000;

/** Of one user in this process. Each holds a connection all the way from the gateway. */
const MOST_LISTENERS = 50;

/** Takes one event, and must not wait. */
export type Listener = (event: StreamedEvent) => void;

/** What happens to orders, as it happens, to whoever listens in this process. */
export interface OrderFeed extends AsyncDisposable {
  /**
   * Every event of one user that comes after those of `after`, the position that is returned.
   * @throws Problem 429 when too many listen for that user already, 503 while the place to begin at is not known yet
   */
  listen(userId: string, listener: Listener): { after: bigint; stop: () => void };
}

/**
 * Tails the events table: gives new events their positions, reads on from the last, and hands each to its user's
 * listeners. Every copy of orders does so; whichever comes first gives the positions.
 */
export function followOrders(options: {
  db: Database;
  wakeUp: WakeUp;
  log: Logger;
  /** Resolves when the schema is there. */
  ready: Promise<void>;
  onState: (state: RoleState) => void;
}): OrderFeed {
  const { db, wakeUp, log, onState } = options;
  const listeners = new Map<string, Set<Listener>>();
  // While nobody listens, hints are let pass: to follow each would be a third of all that an order costs the database.
  const firstListener = createWakeUp();
  let last: bigint | undefined;

  async function readOn(): Promise<boolean> {
    last ??= (await findEnds(db)).last;
    const positioned = await positionEvents(db, BATCH);
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
        log.warn({ err: error }, 'the events of orders cannot be read');
        await pause(backOff(failures, { min: 100, max: 3_000 }), signal);
      }
    }
  });

  return {
    listen(userId, listener) {
      if (last === undefined) {
        throw problems.unavailable('Order events cannot be read yet. Repeat the request in a moment.');
      }
      const those = listeners.get(userId) ?? new Set();
      if (those.size >= MOST_LISTENERS) {
        throw problems.tooManyStreams(MOST_LISTENERS);
      }
      listeners.set(userId, those.add(listener));
      firstListener.set();
      return {
        after: last,
        stop() {
          those.delete(listener);
          if (those.size === 0 && listeners.get(userId) === those) listeners.delete(userId);
        },
      };
    },
    [Symbol.asyncDispose]: async () => reading[Symbol.asyncDispose](),
  };
}
