export interface FairLimitOptions {
  /** How many may be under way at a time. */
  readonly most: number;
  /** How many of one key. */
  readonly each: number;
}

/** A bound on how much is under way at a time. What waits is let in by turns of its keys, each in its own order. */
export interface FairLimit {
  /** @returns what the work returned; undefined when the signal aborted before it could begin */
  readonly run: <Result>(
    key: string,
    work: () => Promise<Result>,
    signal: AbortSignal,
  ) => Promise<Result | undefined>;
}

export function createFairLimit({ most, each }: FairLimitOptions): FairLimit {
  /** By key, the one whose turn it is first. */
  const waiting = new Map<string, Set<() => void>>();
  const underWay = new Map<string, number>();
  let all = 0;

  function letIn(): void {
    while (all < most) {
      // At most `most` keys are passed over, since each of those has something under way.
      const key = waiting.keys().find((one) => (underWay.get(one) ?? 0) < each);
      if (key === undefined) return;
      const [begin] = waiting.get(key) ?? [];
      if (!begin) return;
      const ofKey = leave(key, begin);
      // To the end: its next one waits until every other key had a turn.
      waiting.delete(key);
      if (ofKey) waiting.set(key, ofKey);
      all += 1;
      underWay.set(key, (underWay.get(key) ?? 0) + 1);
      begin();
    }
  }

  function leave(key: string, begin: () => void): Set<() => void> | undefined {
    const ofKey = waiting.get(key);
    ofKey?.delete(begin);
    if (ofKey?.size !== 0) return ofKey;
    waiting.delete(key);
    return undefined;
  }

  function end(key: string): void {
    all -= 1;
    const others = (underWay.get(key) ?? 1) - 1;
    if (others === 0) underWay.delete(key);
    else underWay.set(key, others);
    letIn();
  }

  return {
    async run(key, work, signal) {
      if (signal.aborted) return undefined;
      const turn = Promise.withResolvers<boolean>();
      const begin = () => turn.resolve(true);
      const giveUp = () => {
        leave(key, begin);
        turn.resolve(false);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.set(key, (waiting.get(key) ?? new Set()).add(begin));
      letIn();
      const begins = await turn.promise;
      signal.removeEventListener('abort', giveUp);
      if (!begins) return undefined;
      try {
        return await work();
      } finally {
        end(key);
      }
    },
  };
}
