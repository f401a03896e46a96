// Without a schema library, so that the dashboard can load it.

/** The parts of a running stack, in the order in which they start. */
export const STACK_COMPONENTS = [
  'postgres',
  'kafka',
  'temporal',
  'payments',
  'orders',
  'workflows',
  'gateway',
] as const;
export type StackComponentName = (typeof STACK_COMPONENTS)[number];

/** For how long a part may be paused, and a load may last, in s; and how fast it may be. */
export const STACK_BOUNDS = { pause: 30, loadSeconds: 120, loadRate: 50, again: 100 } as const;
