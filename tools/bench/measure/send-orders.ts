import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execaNode } from 'execa';
import type { Distribution } from '#tools/load/generate/percentiles.ts';
import type { RunningPeer } from '../peers/peer.ts';
import type { Sending, Sent } from './generator.ts';
import { latencyOf } from './latency.ts';

export type SendOrders = (sending: Sending) => Promise<Sent>;

/** Starts the generator, which ends with the stack. */
export function openGenerator(stack: AsyncDisposableStack): SendOrders {
  const generator = execaNode(fileURLToPath(new URL('generator.ts', import.meta.url)), {
    ipc: true,
    nodeOptions: ['--disable-warning=ExperimentalWarning'],
    stdio: 'inherit',
    reject: false,
  });
  stack.defer(async () => {
    generator.kill('SIGKILL');
    await generator;
  });
  return async (sending) => {
    const [sent] = await Promise.all([generator.getOneMessage(), generator.sendMessage({ ...sending })]);
    return sent as unknown as Sent;
  };
}

/** Orders that were sent, and are all decided. */
export interface Decided {
  /** From the time that each was to be sent to its answer. */
  readonly post: Distribution | undefined;
  /** From the time that each was to be sent to its decision. */
  readonly decided: Distribution | undefined;
  /** From the first sent to the last decided. */
  readonly perSecond: number;
  /** When the first was to be sent, the last was answered, and each was decided, in turn; in ms since 1970. */
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly decidedAt: readonly number[];
  readonly orderIds: readonly string[];
  readonly refused: Sent['refused'];
}

export interface Customers {
  readonly peer: RunningPeer;
  readonly send: SendOrders;
  readonly userIds: readonly string[];
}

/** Sends orders and waits until all are decided. @throws Error when none is any more for two minutes */
export async function placeOrders(
  { peer, send, userIds }: Customers,
  orders: number,
  pace: Sending['pace'],
): Promise<Decided> {
  const { placed, refused } = await send({ baseUrl: peer.baseUrl, customers: userIds, orders, pace });
  const decidedAt = await untilDecided(
    peer,
    placed.toSorted((a, b) => a.intendedAt - b.intendedAt).map(({ orderId }) => orderId),
  );
  const first = placed.reduce((least, { intendedAt }) => Math.min(least, intendedAt), Infinity);
  const times = [...decidedAt.values()].toSorted((a, b) => a - b);
  const last = times.at(-1) ?? Number.NaN;
  return {
    post: latencyOf(placed.map(({ answeredAt, intendedAt }) => answeredAt - intendedAt)),
    decided: latencyOf(
      placed.map(({ orderId, intendedAt }) => (decidedAt.get(orderId) ?? Number.NaN) - intendedAt),
    ),
    perSecond: (placed.length / (last - first)) * 1000,
    sentAt: first,
    answeredAt: placed.reduce((most, { answeredAt }) => Math.max(most, answeredAt), 0),
    decidedAt: times,
    orderIds: placed.map(({ orderId }) => orderId),
    refused,
  };
}

/** In ms. It affects no figure, since databases record when an order was decided. */
const ASK_EVERY = 100;
const GIVE_UP_AFTER = 120_000;
/** Few, since to ask takes the database's time: the first of those that are left. */
const ASK_ABOUT = 50;

async function untilDecided(
  peer: RunningPeer,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const decided = new Map<string, number>();
  let left = orderIds;
  let deadline = performance.now() + GIVE_UP_AFTER;
  while (left.length > 0) {
    const asked = left.slice(0, ASK_ABOUT);
    const found = await peer.decidedAt(asked);
    for (const [orderId, at] of found) decided.set(orderId, at);
    if (found.size > 0) deadline = performance.now() + GIVE_UP_AFTER;
    left = left.filter((orderId) => !found.has(orderId));
    if (performance.now() > deadline) throw new Error(`${left.length} orders are not decided`);
    if (found.size < asked.length) await sleep(ASK_EVERY);
  }
  return decided;
}
