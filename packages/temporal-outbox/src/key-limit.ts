import type { KeysInFlight } from './claim.queries.ts';

/**
 * How many workflows of one fairness key, so that others find slots and CPU free; one while workflows wait for each other.
 * At 35 ms each, 2 at a time are 57 a second, and two cores manage 50. One at a time is half of that.
 */
const MOST = 2;
/**
 * How many of a key while it is the only one: enough for as many a second as there can be. With two and rests a customer's 100
 * orders were decided at 8 a second, while nobody else had any.
 */
const MOST_ALONE = 8;
/** For how long a key is one of several after another has begun a workflow, in ms. */
const SEVERAL = 1_000;
/**
 * How long a workflow counts for its key at most, in ms: what takes longer waits for an outage to end, and takes nothing from
 * others.
 */
const COUNTS = 300;

/** A workflow's place in the count of its key. Without a key it has none, and nothing here does anything. */
export interface PlaceOfKey {
  /** It no longer counts. */
  readonly free: () => void;
  /** It counts for so many ms more, whatever else is said of it, unless its key is the only one. */
  readonly rest: (ms: number) => void;
}

/** A bound on how many workflows of each fairness key are in flight. */
export interface KeyLimit {
  /** What a claim withholds rows by. */
  readonly keys: KeysInFlight;
  readonly take: (key: string | null) => PlaceOfKey;
  /** Calls this whenever a key may have one more. */
  readonly onRoom: (listener: () => void) => void;
}

/** @param areWaiting whether workflows wait for each other now */
export function createKeyLimit(areWaiting: () => boolean): KeyLimit {
  const inFlight = new Map<string, number>();
  let onRoom = () => {};
  /** The key that began a workflow last, and until when it is one of several. */
  let latest: string | undefined;
  let severalUntil = -Infinity;

  const areSeveral = () => performance.now() < severalUntil;

  function most(): number {
    const ofSeveral = areWaiting() ? 1 : MOST;
    return areSeveral() ? ofSeveral : MOST_ALONE;
  }

  function leave(key: string): void {
    const count = inFlight.get(key) ?? 0;
    if (count > 1) inFlight.set(key, count - 1);
    else inFlight.delete(key);
    if (count <= most()) onRoom();
  }

  function noteKey(key: string): void {
    if (latest !== undefined && latest !== key) severalUntil = performance.now() + SEVERAL;
    latest = key;
  }

  return {
    keys: {
      get mostOfKey() {
        return most();
      },
      inFlight,
    },
    take(key) {
      if (key === null) return { free() {}, rest() {} };
      noteKey(key);
      inFlight.set(key, (inFlight.get(key) ?? 0) + 1);
      let counts = true;
      const end = () => {
        if (!counts) return false;
        counts = false;
        clearTimeout(timer);
        return true;
      };
      const free = () => {
        if (end()) leave(key);
      };
      const timer = setTimeout(free, COUNTS).unref();
      return {
        free,
        rest(ms) {
          if (areSeveral() && end()) setTimeout(leave, ms, key).unref();
        },
      };
    },
    onRoom(listener) {
      onRoom = listener;
    },
  };
}
