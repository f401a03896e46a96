import type { Reading } from '#contracts/http/system-api.ts';
import { isWell } from '../system/readings.ts';

/** How long something may be late before it counts as a breach. */
export interface GracePeriod {
  /** Takes the latest reading of the system into account. */
  observe(reading: Reading): void;
  /** For how long an order, a cancel or an event may be pending now, in s; Infinity while a part is away. */
  seconds(): number;
}

/** In s. In normal operation an order is decided in a fraction of a second. */
const NORMAL = 60;
/**
 * In s. While orders are being decided, those that wait may stand in a queue: what an outage left, or more than the
 * machine can do.
 */
const WITH_QUEUE = 300;

/** It is unlimited until the system has been well for as long as the period itself. */
export function createGracePeriod(): GracePeriod {
  let wellSince: number | undefined;
  let isDeciding = false;
  return {
    observe(reading) {
      if (isWell(reading)) wellSince ??= performance.now();
      else wellSince = undefined;
      isDeciding = (reading.flow?.decidedPerSecond ?? 0) > 0;
    },
    seconds() {
      const wellFor = wellSince === undefined ? 0 : (performance.now() - wellSince) / 1000;
      const period = isDeciding ? WITH_QUEUE : NORMAL;
      return wellFor < period ? Infinity : period;
    },
  };
}
