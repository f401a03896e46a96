import type { Identity } from '../identity/identities.ts';
import type { FollowOptions, StreamState } from './follow-options.ts';
import { HUB_HEARTBEAT } from './stream-messages.ts';
import type { HubMessage, Port, TabMessage } from './stream-messages.ts';

/**
 * A browser has six connections to an origin over HTTP/1.1, for all tabs together. Two streams leave four for requests,
 * or two while tabs of an older version have a hub of their own.
 */
const MAX_STREAMS = 2;

/** In ms, between two reads of a tab whose user has no stream. */
const POLL_INTERVAL = 5_000;

type TabPort = Port<TabMessage>;

/** The tabs of one user, and their stream. */
interface Shared {
  readonly identity: Identity;
  readonly ports: Set<TabPort>;
  /** The higher, the later a person looked at one of the tabs. */
  seen: number;
  state: StreamState;
  lastEventId: string | undefined;
  /** Ends what runs now: the stream, or the polling. */
  running: AbortController | undefined;
}

/**
 * One stream for all tabs of a user. The users that were looked at last have one; the tabs of the others read again every
 * few seconds. A tab that crashed without a word is displaced in the same way.
 */
export function createStreamHub(follow: (identity: Identity, options: FollowOptions) => Promise<void>): {
  connect: (port: TabPort) => void;
} {
  const users = new Map<string, Shared>();
  let looks = 0;

  function assign(): void {
    const ranked = [...users.values()].toSorted((one, other) => one.seen - other.seen);
    // The polling ones first, so that they free their connections.
    for (const [rank, shared] of ranked.entries()) {
      const polls = rank < ranked.length - MAX_STREAMS;
      if (shared.running && polls === (shared.state === 'polling')) continue;
      shared.running?.abort();
      shared.running = new AbortController();
      if (polls) poll(shared, shared.running.signal);
      else void stream(shared, shared.running.signal);
    }
  }

  async function stream(shared: Shared, signal: AbortSignal): Promise<void> {
    setState(shared, 'connecting');
    await follow(shared.identity, {
      signal,
      lastEventId: shared.lastEventId,
      onState: (state) => setState(shared, state),
      onBegin: () => send(shared, 'read'),
      onChange: ({ id, order }) => {
        shared.lastEventId = id;
        send(shared, { change: order });
      },
    });
  }

  function join(port: TabPort, identity: Identity): Shared {
    const key = JSON.stringify(identity);
    const known = users.get(key);
    // A refused user who joins again may be accepted now.
    if (known && known.state !== 'refused') {
      known.ports.add(port);
      post(port, { state: known.state });
      // What changed before the tab joined is not sent to it.
      post(port, 'read');
      return known;
    }
    const shared: Shared = {
      identity,
      ports: new Set([port]),
      seen: 0,
      state: 'connecting',
      lastEventId: undefined,
      running: undefined,
    };
    users.set(key, shared);
    return shared;
  }

  function leave(port: TabPort, shared: Shared): void {
    shared.ports.delete(port);
    if (shared.ports.size > 0) return;
    shared.running?.abort();
    for (const [key, one] of users) if (one === shared) users.delete(key);
    assign();
  }

  return {
    connect(port) {
      let joined: Shared | undefined;
      const heartbeat = setInterval(() => post(port, 'alive'), HUB_HEARTBEAT);
      const end = () => {
        clearInterval(heartbeat);
        if (joined) leave(port, joined);
        joined = undefined;
      };
      // Of a tab that crashed; not every browser has this event.
      port.addEventListener('close', end);
      port.addEventListener('message', ({ data: message }) => {
        if (message === 'leave') return end();
        if (message !== 'seen') joined ??= join(port, message.join);
        if (!joined) return;
        joined.seen = looks += 1;
        assign();
      });
      port.start();
    },
  };
}

function poll(shared: Shared, signal: AbortSignal): void {
  setState(shared, 'polling');
  const timer = setInterval(() => send(shared, 'read'), POLL_INTERVAL);
  signal.addEventListener('abort', () => clearInterval(timer));
}

function setState(shared: Shared, state: StreamState): void {
  shared.state = state;
  send(shared, { state });
}

function send({ ports }: Shared, message: HubMessage): void {
  for (const port of ports) post(port, message);
}

function post(port: TabPort, message: HubMessage): void {
  port.postMessage(message);
}
