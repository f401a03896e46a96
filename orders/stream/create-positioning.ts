import type { Database } from '../schema.ts';
import { positionEvents } from './order-stream.queries.ts';

/** How long after it was written an event may be committed, and is found at once; in ms. Our transactions end within 3 s. */
const FOUND_AT_ONCE = 60_000;

/**
 * Gives events their positions, up to `limit` of them. @returns how many
 *
 * An event gets its id before it is committed, so a look from the last id on would miss those that commit late. Each look is
 * from the ids of a minute ago on, and once a minute it is at all events. A look at all would do alone, but reads what
 * a held snapshot keeps of the index: 280 blocks for 20,000 events that passed.
 */
export function createPositioning(db: Database): (limit: number) => Promise<number> {
  /** All events up to this one have positions, but those whose transaction was open for a minute. */
  let after = 0n;
  /** The last id that was given when all events were looked at. */
  let given = 0n;
  let lookAtAll = 0;
  return async (limit) => {
    const isAll = performance.now() >= lookAtAll;
    const { count, lastGiven } = await positionEvents(db, { after: isAll ? 0n : after, limit });
    if (isAll && count < limit) {
      after = given;
      given = lastGiven;
      lookAtAll = performance.now() + FOUND_AT_ONCE;
    }
    return count;
  };
}
