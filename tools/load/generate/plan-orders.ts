import { randomUUID } from 'node:crypto';
import { newId } from '#contracts/values/ids.ts';
import { drawRequests } from './plan-requests.ts';
import type { PlannedRequests, RequestShares } from './plan-requests.ts';
import { seededRandom } from './seeded-random.ts';

export interface PlannedCustomer {
  readonly userId: string;
  /** The first balance, in minor units: exactly what the customer's affordable orders cost together. */
  readonly topUp: bigint;
}

export interface PlannedOrder extends PlannedRequests {
  readonly userId: string;
  /** Minor units. */
  readonly amount: bigint;
  readonly description: string;
  readonly idempotencyKey: string;
  /** Costs more than the customer ever has, so it must be declined. Any other order must be paid, or reserved. */
  readonly beyondBalance: boolean;
  /** Submitted twice at the same moment, with the same key; so is what is asked of it later. */
  readonly twice: boolean;
}

export interface Plan {
  readonly customers: readonly PlannedCustomer[];
  readonly orders: readonly PlannedOrder[];
}

export interface PlanOptions extends RequestShares {
  readonly seed: number;
  readonly orders: number;
  readonly customers: number;
  /** From 0 to 1. */
  readonly shareBeyondBalance: number;
  readonly shareTwice: number;
  /** Of orders that the first customer places, whose account is hot then. By default it is like the others. */
  readonly hotShare?: number;
}

/**
 * Decides in advance what will be ordered. The same seed gives the same amounts, shares and sequence; the customers are
 * new each time. An account holds exactly what its affordable orders cost, so one debit too many shows: another order
 * could not be paid.
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
    return { customer, amount, beyondBalance, twice, description, ...drawRequests(random, amount, options) };
  });
  const orders = drafts.map(({ customer, amount, ...draft }) => ({
    ...draft,
    userId: customer.userId,
    amount: draft.beyondBalance ? customer.topUp + amount : amount,
    idempotencyKey: newId(),
  }));
  return { customers, orders };
}
