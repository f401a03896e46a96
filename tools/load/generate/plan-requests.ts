import { randomUUID } from 'node:crypto';
import type { SeededRandom } from './seeded-random.ts';

/** What is asked of an order after it was acknowledged. */
export interface PlannedRequests {
  /** Its money is reserved for so many s, and not taken unless it is captured. Absent: it is paid at once. */
  readonly captureWithin?: number;
  /** Its cancel is requested this many ms after the order was acknowledged. */
  readonly cancelAfter?: number;
  readonly capture?: PlannedCapture;
  /** Asked for at the same moment, once the order is paid. Together they may be more than was captured. */
  readonly refunds?: readonly PlannedRefund[];
}

export interface PlannedCapture {
  /** Who asks for it. */
  readonly merchantId: string;
  /** In minor units; absent for all that is held. */
  readonly amount?: bigint;
  /** In ms, from when the order is known to be authorized, or from the end of its hold: before that if it is negative. */
  readonly after: number;
  readonly from: 'authorized' | 'end';
  /** The customer asks for a cancel at the same moment. */
  readonly contested: boolean;
}

export interface PlannedRefund {
  readonly merchantId: string;
  readonly amount: bigint;
}

export interface RequestShares {
  /** Of orders that are paid at once and whose cancel is requested: some at once, some later. None by default. */
  readonly shareCancelled?: number;
  /** Of orders whose money is reserved first. None by default. */
  readonly shareManual?: number;
  /** Of orders that are to be paid, and refunded in parts then. None by default. */
  readonly shareRefunded?: number;
}

/** The latest cancel request, in ms. One in three comes at once. */
const LATEST_CANCEL = 3_000;
/** The latest capture of a hold that lasts long, in ms. */
const LATEST_CAPTURE = 3_000;
/** In s: a hold that ends while the load goes on, and one that is captured or released before. */
const SHORT_HOLD = [1, 5] as const;
const LONG_HOLD = [30, 60] as const;
/** When a capture is sent, in ms from the end of its hold. It takes a few ms to the database, whose clock decides. */
const CLOSE_TO_THE_END = [-80, 20] as const;
/** Few, so that they meet; not one, since the gateway limits the requests of a user. */
const MERCHANTS = Array.from({ length: 10 }, () => randomUUID());

/** What becomes of ten orders whose money is reserved. */
const HOLDS = ['all', 'all', 'part', 'part', 'part', 'cancel', 'end', 'late', 'late', 'contested'] as const;

/** @param amount of the order, in minor units */
export function drawRequests(random: SeededRandom, amount: bigint, shares: RequestShares): PlannedRequests {
  const { shareManual = 0, shareCancelled = 0, shareRefunded = 0 } = shares;
  if (shareManual > 0 && random.fraction() < shareManual) return drawHold(random, amount, shareRefunded);
  return {
    ...(shareCancelled > 0 && random.fraction() < shareCancelled && drawCancel(random)),
    ...(shareRefunded > 0 && random.fraction() < shareRefunded && drawRefunds(random, amount)),
  };
}

function drawCancel(random: SeededRandom): PlannedRequests {
  return { cancelAfter: random.fraction() < 1 / 3 ? 0 : random.between(1, LATEST_CANCEL) };
}

function drawHold(random: SeededRandom, amount: bigint, shareRefunded: number): PlannedRequests {
  const what = HOLDS[random.between(0, HOLDS.length - 1)];
  const isShort = what === 'end' || what === 'late';
  const [least, most] = isShort ? SHORT_HOLD : LONG_HOLD;
  const captureWithin = random.between(least, most);
  if (what === 'end') return { captureWithin };
  if (what === 'cancel') return { captureWithin, ...drawCancel(random) };
  const part = what === 'part' || random.fraction() < 1 / 2 ? partOf(amount, random) : undefined;
  const capture: PlannedCapture = {
    merchantId: drawMerchant(random),
    ...(part !== undefined && { amount: part }),
    contested: what === 'contested',
    ...(what === 'late'
      ? { from: 'end', after: random.between(...CLOSE_TO_THE_END) }
      : { from: 'authorized', after: random.between(0, LATEST_CAPTURE) }),
  };
  const isRefunded = random.fraction() < shareRefunded;
  return { captureWithin, capture, ...(isRefunded && drawRefunds(random, part ?? amount)) };
}

/** Half of them are exactly what was taken, the others any two or three parts of it. */
function drawRefunds(random: SeededRandom, taken: bigint): PlannedRequests {
  const first = partOf(taken, random);
  const isExact = first < taken && random.fraction() < 1 / 2;
  const others = Array.from({ length: random.between(1, 2) }, () => partOf(taken, random));
  const amounts = isExact ? [first, taken - first] : [first, ...others];
  return { refunds: amounts.map((amount) => ({ amount, merchantId: drawMerchant(random) })) };
}

function partOf(amount: bigint, random: SeededRandom): bigint {
  return BigInt(random.between(1, Number(amount)));
}

function drawMerchant(random: SeededRandom): string {
  return MERCHANTS[random.between(0, MERCHANTS.length - 1)] ?? randomUUID();
}
