export type { ClaimedRow } from './claim.queries.ts';
export { createInFlight } from './in-flight.ts';
export type { InFlight } from './in-flight.ts';
export { findBacklog, hasOverdueRows } from './outbox.queries.ts';
export type { BacklogOfKind, FailingRow } from './outbox.queries.ts';
export { openOutbox } from './outbox.ts';
export type { Outbox } from './outbox.ts';
export { signalsOrStartsWorkflow, signalsWorkflow, startsWorkflow } from './registry.ts';
export type {
  Dispatch,
  Dispatched,
  DispatchOptions,
  Kinds,
  Request,
  SignalOrStartOptions,
  StartOptions,
} from './registry.ts';
export { startRelay, STUCK_AFTER } from './relay.ts';
export type { Outcome, RelayLog, RelayOptions, RelayState } from './relay.ts';
export { grpcStatus } from './temporal-errors.ts';
export type { TraceContext } from './trace-context.ts';
export { createWakeUp } from '@gozon/timing';
export type { WakeUp } from '@gozon/timing';
