import type { SeededRandom } from '#tools/load/generate/seeded-random.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Trap } from '../crash-points/crash-point-list.ts';

/** Whom a fault harms. */
export interface FaultTarget {
  readonly system: System;
  readonly traps: Readonly<Record<ServiceName, Trap>>;
  /** The fault's own, for this time. */
  readonly random: SeededRandom;
  /** Aborts when there is nothing left to disturb: a fault that waits puts things right at once. */
  readonly signal: AbortSignal;
}

/** A way to do harm. */
export interface Fault {
  /** As the schedule, the history and the results call it. */
  readonly name: string;
  /** What it needs to itself: two faults that share one are never done at the same time. */
  readonly locks: readonly string[];
  /**
   * Does harm for a while, and puts it right again, also when it fails meanwhile.
   * @returns whether it met anything that it could harm
   */
  readonly harm: (target: FaultTarget) => Promise<boolean>;
}
