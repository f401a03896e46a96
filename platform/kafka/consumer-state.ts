import type { RoleState } from '../process/health.ts';

/**
 * Progress in one number that changes with each fetch and with each chunk that was handled. While chunks are in hand it
 * is the number of the oldest, so that a chunk that hangs is not excused by other partitions that move, as it would be by
 * a plain count.
 */
export function createProgress() {
  let count = 0;
  const inHand = new Set<number>();
  return {
    value: () => inHand.values().next().value ?? count,
    fetched() {
      count += 1;
    },
    /** @returns what ends the chunk */
    begin() {
      count += 1;
      const chunk = count;
      inHand.add(chunk);
      return () => void inHand.delete(chunk);
    },
  };
}

export type Progress = ReturnType<typeof createProgress>;

/** The partitions whose chunk has failed, with why. The consumer is ready when there is none. */
export function createWaits(onState: (state: RoleState) => void) {
  const waits = new Map<string, { failures: number; reason: string }>();
  const report = () => {
    const [first] = waits.values();
    onState(first ? { ready: false, reason: first.reason } : { ready: true });
  };
  return {
    report,
    /** @returns how often the chunk has failed */
    begin(partition: string, reason: string): number {
      const failures = (waits.get(partition)?.failures ?? 0) + 1;
      waits.set(partition, { failures, reason });
      report();
      return failures;
    },
    end(partition: string): void {
      waits.delete(partition);
      report();
    },
    /** The group has shared out its partitions again: they may be another member's. */
    forget: () => waits.clear(),
  };
}

export type Waits = ReturnType<typeof createWaits>;
