/** What says that a consumer gets on: the batch that moved longest ago of those in hand, or signs of the broker without one. */
export interface Progress {
  mark: () => unknown;
  sign: () => void;
  /** A batch is in hand until `done` is called. A partition that hangs is not excused by others that move. */
  begin: () => { step: () => void; done: () => void };
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
      let batch = {};
      const done = () => void inHand.delete(batch);
      const step = () => {
        done();
        inHand.add((batch = {}));
      };
      step();
      return { step, done };
    },
  };
}
