import { randomUUID } from 'node:crypto';
import { newId } from '#contracts/values/ids.ts';
import { seededRandom } from './seeded-random.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface PlannedCustomer {
  readonly userId: string;
  /** What his account is opened with, in minor units: exactly what his affordable orders cost together. */
  readonly topUp: bigint;
}

export interface PlannedOrder {
  readonly userId: string;
  /** Minor units. */
  readonly amount: bigint;
  readonly description: string;
  readonly idempotencyKey: string;
  /** More than the customer ever has, so it must be declined; any other must be paid. */
  readonly beyondBalance: boolean;
  /** Submitted twice at the same moment, with the same key. */
  readonly twice: boolean;
  /** Its cancel is asked for so many ms after the order was acknowledged. */
  readonly cancelAfter?: number;
}

export interface Plan {
  readonly customers: readonly PlannedCustomer[];
  readonly orders: readonly PlannedOrder[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly orders: number;
  readonly customers: number;
  /** From 0 to 1. */
  readonly shareBeyondBalance: number;
  readonly shareTwice: number;
  /** Of orders whose cancel is asked for: some at once, when they may not be paid yet, some later. None by default. */
  readonly shareCancelled?: number;
  /** Of orders that the first customer places, whose account is hot then; by default he is like the others. */
  readonly hotShare?: number;
}

/** The latest that a cancel is asked for, in ms; one in three is asked for at once. */
const LATEST_CANCEL = 3_000;

/**
 * Decides beforehand what will be ordered. The same seed gives the same amounts, shares and sequence for customers who
 * are new each time. Since an account holds exactly what its affordable orders cost, one debit too many shows: another
 * order could not be paid.
 */
export function planOrders(options: PlanOptions): Plan {
  const random = seededRandom(options.seed);
  const customers = Array.from({ length: options.customers }, () => ({ userId: randomUUID(), topUp: 0n }));
  const drafts = Array.from({ length: options.orders }, (_, index) => {
    const isHot = options.hotShare !== undefined && random.fraction() < options.hotShare;
    const customer = customers[isHot ? 0 : random.between(0, customers.length - 1)];
    if (!customer) throw new RangeError('a plan needs a customer');
    const amount = BigInt(random.between(100, 10_000));
    const beyondBalance = random.fraction() < options.shareBeyondBalance;
    const twice = random.fraction() < options.shareTwice;
    if (!beyondBalance) customer.topUp += amount;
    const description = `Order ${index + 1} of a load`;
    return { customer, amount, beyondBalance, twice, description, ...drawCancel(random, options) };
  });
  const orders = drafts.map(({ customer, amount, ...draft }) => ({
    ...draft,
    userId: customer.userId,
    amount: draft.beyondBalance ? customer.topUp + amount : amount,
    idempotencyKey: newId(),
  }));
  return { customers, orders };
}

function drawCancel(random: SeededRandom, { shareCancelled = 0 }: PlanOptions): { cancelAfter?: number } {
  if (shareCancelled === 0 || random.fraction() >= shareCancelled) return {};
  return { cancelAfter: random.fraction() < 1 / 3 ? 0 : random.between(1, LATEST_CANCEL) };
}
