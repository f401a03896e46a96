import { inBackground, pause } from '@gozon/timing';
import type { System } from '#tools/testbed/system.ts';
import type { RunningPrometheus } from '../start-prometheus.ts';

/** What a provocation harms. */
export interface Victim {
  readonly system: System;
  readonly prometheus: RunningPrometheus;
  /** A folder for what it needs. */
  readonly folder: string;
  /** From the next start of a service on it runs these sources; by default those of the checkout. */
  readonly useSources: (sources?: string) => void;
}

/** Brings a fault about. How it is healed is pushed to `healing` before the harm is done, so that it is healed whatever happens. */
export type Provoke = (victim: Victim, healing: AsyncDisposableStack) => Promise<void>;

/** A fault, and the alerts that fire while it lasts. */
export interface Provocation {
  /** In the words of the report. */
  readonly fault: string;
  readonly fires: readonly string[];
  /** Labels of those that count, where an alert has them: others of the name may have another cause. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly provoke: Provoke;
  /**
   * By what durations may be divided at most: a scrape waits for a database that does not answer, 3 s, and Prometheus gives it no
   * longer than its interval.
   */
  readonly factor?: number;
  /** Whether the alerts of this one are those of the pictures. */
  readonly isPictured?: boolean;
}

/**
 * Does something again and again until the fault is healed. What fails is a part of the fault.
 * @param every ms from the end of one time to the next
 */
export function keepDoing(healing: AsyncDisposableStack, every: number, act: () => Promise<unknown>): void {
  healing.use(
    inBackground(async (signal) => {
      while (!signal.aborted) {
        await act().catch(() => {});
        await pause(every, signal);
      }
    }),
  );
}
