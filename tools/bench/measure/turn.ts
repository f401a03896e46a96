import { setTimeout as sleep } from 'node:timers/promises';
import type { Distribution } from '#tools/load/generate/percentiles.ts';
import type { PeerProcess, RunningPeer } from '../peers/peer.ts';
import type { Sending } from './generator.ts';
import { openGenerator, placeOrders } from './send-orders.ts';
import { cpuTime, memory, usageBetween } from './usage.ts';
import type { Usage } from './usage.ts';

/** Something that takes orders, with processes whose CPU is its own. */
export interface Subject {
  readonly name: string;
  readonly start: (stack: AsyncDisposableStack) => Promise<Started>;
}

export interface Started extends RunningPeer {
  /** The servers that it uses. */
  readonly servers: readonly PeerProcess[];
}

/** How long a turn takes. */
export interface TurnLength {
  readonly warmUp: number;
  /** Sent at once. */
  readonly orders: number;
  /** At each rate. */
  readonly seconds: number;
  readonly idleSeconds: number;
}

/** Of all peers in less than 10 minutes. */
export const SHORT: TurnLength = { warmUp: 300, orders: 300, seconds: 4, idleSeconds: 3 };
const LONG: TurnLength = { warmUp: 500, orders: 1_500, seconds: 20, idleSeconds: 15 };

/** Of a run of so many rounds. One that is repeated has longer turns, unless they are asked to be short. */
export function lengthOfTurns({ rounds, short = false }: { rounds: string; short?: boolean }): TurnLength {
  return Number(rounds) > 1 && !short ? LONG : SHORT;
}

/** What was measured in one turn. Times in ms. */
export interface Turn {
  /** From its start until it says that it is ready. */
  readonly start: number;
  /** The first order of its life, sent when it was ready, to its decision. */
  readonly firstOrder: number;
  readonly sustained: {
    readonly decidedPerSecond: number;
    readonly orders: number;
    /** Of CPU, an order. */
    readonly cpu: Usage;
    readonly post: Distribution | undefined;
  };
  /** Orders paid a second without HTTP, where that can be. */
  readonly directly?: number;
  readonly rates: readonly AtRate[];
  /** In MB. */
  readonly memory: Usage;
  /** Of CPU, a second. */
  readonly idle: Usage;
  /** Orders that got no 201, of all in this turn. */
  readonly refused: number;
}

export interface AtRate {
  /** Such as 20/s, or 50% of capacity. */
  readonly of: string;
  /** Orders a second. */
  readonly rate: number;
  /** From the time that each was to be sent to its answer. */
  readonly post: Distribution | undefined;
  /** From the time that each was to be sent to its decision. */
  readonly decided: Distribution | undefined;
}

const CUSTOMERS = 100;
/** More than any can decide meanwhile, so that a backlog stays. */
const AT_ONCE = 64;
/** Until what the last order leaves to be done is done. */
const SETTLE = 1_000;

/** @param capacity orders a second of this subject, once it is known: that of its first turn */
export async function takeTurn(
  subject: Subject,
  length: TurnLength,
  capacity: number | undefined,
): Promise<Turn> {
  await using stack = new AsyncDisposableStack();
  const began = performance.now();
  const peer = await subject.start(stack);
  const start = performance.now() - began;
  const customers = { peer, send: openGenerator(stack), userIds: await peer.openCustomers(CUSTOMERS) };
  const processes = [...peer.processes, ...peer.servers];
  let refused = 0;
  const place = async (orders: number, pace: Sending['pace']) => {
    const decided = await placeOrders(customers, orders, pace);
    refused += orders - decided.orderIds.length;
    return decided;
  };

  const first = await place(1, { atOnce: 1 });
  // As many at once as will be measured, so that no session is opened meanwhile.
  await place(length.warmUp, { atOnce: AT_ONCE });
  const before = cpuTime(processes);
  const sustained = await place(length.orders, { atOnce: AT_ONCE });
  const cpu = usageBetween(before, cpuTime(processes), sustained.orderIds.length);
  const directly = await peer.directly?.(length.orders, AT_ONCE);
  const rates: AtRate[] = [];
  for (const { of, rate } of ratesOf(capacity ?? sustained.perSecond)) {
    await sleep(SETTLE);
    const { post, decided } = await place(Math.max(1, Math.round(rate * length.seconds)), { rate });
    rates.push({ of, rate, post, decided });
  }
  await sleep(SETTLE);
  const idleBefore = cpuTime(processes);
  await sleep(length.idleSeconds * 1000);
  const idle = usageBetween(idleBefore, cpuTime(processes), length.idleSeconds);
  return {
    start,
    firstOrder: first.decided?.max ?? Number.NaN,
    sustained: {
      decidedPerSecond: sustained.perSecond,
      orders: sustained.orderIds.length,
      cpu,
      post: sustained.post,
    },
    ...(directly !== undefined && { directly: (length.orders / directly) * 1000 }),
    rates,
    memory: memory(processes),
    idle,
    refused,
  };
}

/** Those that all are compared at, and those of its own. One that cannot keep up with a rate has no latency at it. */
export function ratesOf(capacity: number): { of: string; rate: number }[] {
  return [
    { of: '5/s', rate: 5 },
    { of: '20/s', rate: 20 },
    { of: '50% of capacity', rate: capacity * 0.5 },
    { of: '90% of capacity', rate: capacity * 0.9 },
  ].filter(({ rate }) => rate <= capacity * 0.95);
}
