import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { Identity } from '../identity/identities.ts';
import type { StreamState } from './follow-options.ts';

/** From a tab: whose changes it wants, that a person is looking at it, that it is done. */
export type TabMessage = { readonly join: Identity } | 'seen' | 'leave';

/** To a tab: the state of its stream, that its data may be old, one change, or only that the hub is there. */
export type HubMessage = { readonly state: StreamState } | { readonly change: OrderReply } | 'read' | 'alive';

/** The end of a MessageChannel, as both a browser and Node have it. */
export interface Port<Received> {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: Received }) => void): void;
  addEventListener(type: 'close', listener: () => void): void;
  start(): void;
}

/** In ms, between two signs of life to each tab. A tab looks for another hub after {@link HUB_SILENCE}. */
export const HUB_HEARTBEAT = 2_000;
export const HUB_SILENCE = 8_000;
