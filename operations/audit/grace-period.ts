import type { Reading } from '#contracts/http/system-api.ts';

/** What may excuse that something is late. */
export interface Weather {
  /** Notes the latest reading of the system. */
  note(reading: Reading | undefined): void;
  /** How long an order, a cancel or an event may be under way before that is wrong, in s; for ever while a part is away. */
  patience(): number;
}

/** In s. In good weather an order is decided in a fraction of one. */
const PATIENCE = 60;
/** While orders are being decided, those that wait may stand in a queue: an outage's, or of more than the machine can do. */
const PATIENCE_IN_QUEUE = 300;

/** @param now in ms */
export function createWeather(now: () => number = () => performance.now()): Weather {
  let wellSince: number | undefined;
  let isDeciding = false;
  return {
    note(reading) {
      if (!reading || !isWell(reading)) wellSince = undefined;
      else wellSince ??= now();
      isDeciding = (reading?.flow?.decidedPerSecond ?? 0) > 0;
    },
    patience() {
      const well = wellSince === undefined ? 0 : (now() - wellSince) / 1000;
      const patience = isDeciding ? PATIENCE_IN_QUEUE : PATIENCE;
      return well < patience ? Infinity : patience;
    },
  };
}

function isWell({ ready, flow, outboxPending, consumerLag }: Reading): boolean {
  return (
    Object.values(ready).every(Boolean) && flow !== null && outboxPending !== null && consumerLag !== null
  );
}
