import { setTimeout as sleep } from 'node:timers/promises';
import { getEachMessage, getOneMessage, sendMessage } from 'execa';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { ROUTES } from '#contracts/values/routes.ts';

/**
 * A user that asks for one thing as often as allowed, in a process of its own: in that of the measurement it would delay
 * what it is to be measured against. It parses no reply, since its own work is not the product's.
 */
export interface GreedyUser {
  readonly baseUrl: string;
  readonly userId: string;
  /** The order of which it asks for the timeline. */
  readonly orderId: string;
}

/** What it asks for until it is told something else. */
export type Greed = keyof typeof greeds;

/** A little less than a user's rate limit, in ms between requests; one that changes something counts as two. */
const AS_OFTEN_AS_ALLOWED = 22;
const CHANGES_AS_OFTEN_AS_ALLOWED = 44;
const STREAMS = 15;

const dispatcher = new Agent({ connections: 256, pipelining: 1 });
const { baseUrl, userId, orderId } = (await getOneMessage()) as GreedyUser;

const greeds = {
  nothing: async () => {},
  'a rare status': repeatedly({ method: 'GET', path: `${ROUTES.listOrders.path}?status=refunded` }),
  'many orders': repeatedly({ method: 'POST', path: ROUTES.placeOrder.path, body: '{"amount":1}' }),
  timelines: repeatedly({ method: 'GET', path: ROUTES.getTimeline.path.replace('{orderId}', orderId) }),
  replays,
};

let stop = new AbortController();
let stopped: Promise<void> = Promise.resolve();
for await (const greed of getEachMessage()) {
  stop.abort();
  await stopped;
  stop = new AbortController();
  stopped = greeds[greed as Greed](stop.signal);
  await sendMessage(greed);
}

type Asked = Pick<Dispatcher.RequestOptions, 'method' | 'path'> & { readonly body?: string | null };

/** Refusals are what it gets for it. */
function repeatedly(asked: Asked): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const asking: Promise<void>[] = [];
    while (!signal.aborted) {
      asking.push(ask(asked));
      await sleep(asked.method === 'GET' ? AS_OFTEN_AS_ALLOWED : CHANGES_AS_OFTEN_AS_ALLOWED);
    }
    await Promise.all(asking);
  };
}

/** Streams from the first event on, each of which begins again when it ends. */
async function replays(signal: AbortSignal): Promise<void> {
  const headers = { accept: 'text/event-stream', 'last-event-id': '0' };
  const follow = async () => {
    while (!signal.aborted) {
      await ask({ method: 'GET', path: ROUTES.followOrders.path }, { headers, signal });
      await sleep(AS_OFTEN_AS_ALLOWED);
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, follow));
}

async function ask(
  { method, path, body = null }: Asked,
  { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<void> {
  try {
    const reply = await request(new URL(path, baseUrl), {
      method,
      body,
      dispatcher,
      ...(signal && { signal }),
      headers: { 'x-user-id': userId, 'content-type': 'application/json', ...headers },
    });
    for await (const _chunk of reply.body);
  } catch {
    // The service is busy, or the round is over.
  }
}
