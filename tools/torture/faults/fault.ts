import type { SeededRandom } from '#tools/load/generate/seeded-random.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Trap } from '../crash-points/crash-point-list.ts';

/** What a fault harms. */
export interface FaultTarget {
  readonly system: System;
  readonly traps: Readonly<Record<ServiceName, Trap>>;
  /** For this injection alone. */
  readonly random: SeededRandom;
  /** Aborts when the load is over: a fault that waits then repairs its harm at once. */
  readonly signal: AbortSignal;
}

/** A kind of harm. */
export interface Fault {
  /** Its name in the schedule, the history and the results. */
  readonly name: string;
  /** The parts that it needs alone: two faults that need the same part never overlap. */
  readonly locks: readonly string[];
  /**
   * Does harm for a while and then repairs it, even when it fails in between.
   * @returns whether there was anything to harm
   */
  readonly harm: (target: FaultTarget) => Promise<boolean>;
}
