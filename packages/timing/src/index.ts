export { backOff } from './back-off.ts';
export { coalesce } from './coalesce.ts';
export { createFairLimit } from './fair-limit.ts';
export type { FairLimit, FairLimitOptions } from './fair-limit.ts';
export { inBackground, pause } from './in-background.ts';
export { createWakeUp } from './wake-up.ts';
export type { WakeUp } from './wake-up.ts';
