/** What says that a consumer gets on: the batch that it has had in hand for longest, or signs of the broker without one. */
export interface Progress {
  mark: () => unknown;
  sign: () => void;
  /** A batch is in hand until `done` is called. A partition that hangs is not excused by others that move. */
  begin: () => { done: () => void };
}

export function createProgress(): Progress {
  const inHand = new Set<object>();
  let signs = 0;
  return {
    mark: () => inHand.values().next().value ?? signs,
    sign() {
      signs += 1;
    },
    begin() {
      const batch = {};
      inHand.add(batch);
      return { done: () => void inHand.delete(batch) };
    },
  };
}
