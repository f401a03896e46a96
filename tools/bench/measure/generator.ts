// Sends orders, in a process of its own: its CPU is nobody's, and what it waits for delays no measurement.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { getEachMessage, sendMessage } from 'execa';
import { Agent, request } from 'undici';
import { ROUTES } from '#contracts/values/routes.ts';

export interface Sending {
  readonly baseUrl: string;
  readonly customers: readonly string[];
  readonly orders: number;
  /**
   * Orders a second, sent at their times whether or not earlier ones are answered (an open loop); or as many requests at
   * a time.
   */
  readonly pace: { readonly rate: number } | { readonly atOnce: number };
}

/** Times in ms since 1970, with fractions. */
export interface Sent {
  readonly placed: readonly {
    readonly orderId: string;
    /** When it was to be sent. */
    readonly intendedAt: number;
    readonly answeredAt: number;
  }[];
  /** How many had another status than 201, or no answer, by that. */
  readonly refused: Readonly<Record<string, number>>;
}

const dispatcher = new Agent({ connections: 1_024, pipelining: 1, headersTimeout: 30_000 });

for await (const message of getEachMessage()) await sendMessage({ ...(await send(message as Sending)) });

async function send({ baseUrl, customers, orders, pace }: Sending): Promise<Sent> {
  const placed: Sent['placed'][number][] = [];
  const refused: Record<string, number> = {};
  const url = new URL(ROUTES.placeOrder.path, baseUrl);
  const place = async (turn: number, intendedAt: number) => {
    const outcome = await post(url, customers[turn % customers.length] ?? '');
    const answeredAt = now();
    if (typeof outcome === 'object') placed.push({ ...outcome, intendedAt, answeredAt });
    else refused[outcome] = (refused[outcome] ?? 0) + 1;
  };
  await ('rate' in pace ? evenly(orders, pace.rate, place) : atOnce(orders, pace.atOnce, place));
  return { placed, refused };
}

type Place = (turn: number, intendedAt: number) => Promise<void>;

async function evenly(orders: number, rate: number, place: Place): Promise<void> {
  const placing: Promise<void>[] = [];
  const start = now();
  for (let turn = 0; turn < orders; turn++) {
    const intendedAt = start + (turn * 1000) / rate;
    // A timer may fire a fraction of a millisecond early.
    for (let early = intendedAt - now(); early > 0; early = intendedAt - now()) await sleep(Math.ceil(early));
    placing.push(place(turn, intendedAt));
  }
  await Promise.all(placing);
}

async function atOnce(orders: number, count: number, place: Place): Promise<void> {
  let turn = 0;
  const oneByOne = async () => {
    while (turn < orders) await place(turn++, now());
  };
  await Promise.all(Array.from({ length: count }, oneByOne));
}

/** @returns the order, or the status of a refusal */
async function post(url: URL, userId: string): Promise<{ orderId: string } | string> {
  try {
    const reply = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user-id': userId, 'idempotency-key': randomUUID() },
      body: '{"amount":1}',
    });
    const text = await reply.body.text();
    if (reply.statusCode !== 201) return String(reply.statusCode);
    const { orderId } = JSON.parse(text) as { orderId: string };
    return { orderId };
  } catch {
    return 'no answer';
  }
}

/** Monotonic, and with fractions; Date.now() has whole ms. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
