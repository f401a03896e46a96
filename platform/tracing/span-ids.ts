import { randomFillSync } from 'node:crypto';

/** The id that the next span is to have, of a span whose children know it already. */
let given: string | undefined;

/** Makes the ids of traces and spans: random, but for that of a span which was announced. */
export function createSpanIds() {
  const traceBytes = Buffer.alloc(16);
  const spanBytes = Buffer.alloc(8);
  return {
    generateTraceId: () => randomFillSync(traceBytes).toString('hex'),
    generateSpanId() {
      const id = given ?? randomFillSync(spanBytes).toString('hex');
      given = undefined;
      return id;
    },
  };
}

/** Gives the one span that `start` starts this id. */
export function withSpanId<Result>(spanId: string, start: () => Result): Result {
  given = spanId;
  try {
    return start();
  } finally {
    given = undefined;
  }
}
