import type { OrderChange } from '@gozon/client';

/**
 * Polling: this user has no stream, and the page reads again every few seconds. Refused: the gateway no longer accepts
 * the customer's token.
 */
export type StreamState = 'connecting' | 'live' | 'polling' | 'reconnecting' | 'refused';

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** The last change that an earlier call received. */
  readonly lastEventId?: string | undefined;
  onState(this: void, state: StreamState): void;
  /** At each connection. Earlier changes are not sent at the first one, so read the orders now. */
  onBegin(this: void): void;
  onChange(this: void, change: OrderChange): void;
}
