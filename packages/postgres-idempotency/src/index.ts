export { InvalidIdempotencyKey, KEY_INVALID, readIdempotency } from './idempotency-key.ts';
export type { Idempotency } from './idempotency-key.ts';
export { doOnce, KEY_IN_FLIGHT, KEY_REUSED } from './do-once.ts';
export type { DoOnceOptions } from './do-once.ts';
export { purgeIdempotencyKeys } from './purge.queries.ts';
export { toReplayable } from './replayable.ts';
export type { Replayable } from './replayable.ts';
