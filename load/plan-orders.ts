import { randomUUID } from 'node:crypto';
import { newId } from '#contracts/ids.ts';
import { seededRandom } from './seeded-random.ts';

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
}

/**
 * Decides beforehand what will be ordered. The same seed gives the same amounts, shares and sequence for customers who
 * are new each time. Since an account holds exactly what its affordable orders cost, one debit too many shows: another
 * order could not be paid.
 */
export function planOrders(options: PlanOptions): Plan {
  const random = seededRandom(options.seed);
  const customers = Array.from({ length: options.customers }, () => ({ userId: randomUUID(), topUp: 0n }));
  const drafts = Array.from({ length: options.orders }, (_, index) => {
    const customer = customers[random.between(0, customers.length - 1)];
    if (!customer) throw new RangeError('a plan needs a customer');
    const amount = BigInt(random.between(100, 10_000));
    const beyondBalance = random.fraction() < options.shareBeyondBalance;
    const twice = random.fraction() < options.shareTwice;
    if (!beyondBalance) customer.topUp += amount;
    return { customer, amount, beyondBalance, twice, description: `Order ${index + 1} of a load` };
  });
  const orders = drafts.map(({ customer, amount, beyondBalance, twice, description }) => ({
    userId: customer.userId,
    amount: beyondBalance ? customer.topUp + amount : amount,
    description,
    idempotencyKey: newId(),
    beyondBalance,
    twice,
  }));
  return { customers, orders };
}
