import { coalesce } from '@gozon/timing';
import { ORDER_EVENTS_CHANNEL, OUTBOX_CHANNEL } from '#contracts/values/hint-channels.ts';
import type { Logger } from '#platform/process/logger.ts';
import type { Database } from '../schema.ts';
import { notify } from './hints.queries.ts';

/**
 * Sent after a commit, when there is something to do. Hints are coalesced and never awaited: a lost hint costs one
 * poll.
 */
export interface Hints {
  /** The outbox has a new row: for the relay, and for the clients that follow orders. */
  readonly outboxWritten: () => void;
  /** Orders were decided: for the clients that follow them. */
  readonly ordersChanged: () => void;
}

export function createHints(db: Database, log: Logger): Hints {
  const hint = (...channels: string[]) => {
    const send = coalesce<void>(async () => notify(db, channels));
    return () => void send().catch((error: unknown) => log.debug({ err: error }, 'a hint was lost'));
  };
  return {
    outboxWritten: hint(OUTBOX_CHANNEL, ORDER_EVENTS_CHANNEL),
    ordersChanged: hint(ORDER_EVENTS_CHANNEL),
  };
}
