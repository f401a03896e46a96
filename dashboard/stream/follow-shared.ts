import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { Identity } from '../identity/identities.ts';
import type { StreamState } from './follow-options.ts';
import { HUB_SILENCE } from './stream-messages.ts';
import type { HubMessage, TabMessage } from './stream-messages.ts';

export interface FollowSharedOptions {
  readonly signal: AbortSignal;
  /** Connects to the hub. */
  readonly connect: () => MessagePort;
  onState(state: StreamState): void;
  onBegin(): void;
  onChange(order: OrderReply): void;
  /** In ms, after which another hub is looked for. */
  readonly silence?: number;
}

/**
 * Follows a user's orders by the stream that all tabs have together, until `signal` aborts. A browser may end the hub
 * with the tab whose process it shares: after a silence the next tab that notices starts another one.
 */
export async function followShared(identity: Identity, options: FollowSharedOptions): Promise<void> {
  const { signal, connect, silence = HUB_SILENCE } = options;
  while (!signal.aborted) {
    const port = connect();
    const ended = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const post = (message: TabMessage) => port.postMessage(message);
    let timer = setTimeout(resolve, silence);
    port.addEventListener('message', ({ data }: MessageEvent<HubMessage>) => {
      clearTimeout(timer);
      timer = setTimeout(resolve, silence);
      receive(data, options);
    });
    port.start();
    const listen = { signal: ended.signal };
    signal.addEventListener('abort', () => resolve(), listen);
    addEventListener('pagehide', () => post('leave'), listen);
    // A page that the browser kept for Back has left, and joins again.
    addEventListener('pageshow', ({ persisted }) => persisted && resolve(), listen);
    addEventListener('focus', () => post('seen'), listen);
    post({ join: identity });
    await promise;
    clearTimeout(timer);
    ended.abort();
    post('leave');
    port.close();
    if (!signal.aborted) options.onState('reconnecting');
  }
}

function receive(message: HubMessage, options: FollowSharedOptions): void {
  if (message === 'alive') return;
  if (message === 'read') options.onBegin();
  else if ('state' in message) options.onState(message.state);
  else options.onChange(message.change);
}
