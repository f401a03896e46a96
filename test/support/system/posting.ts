import { randomInt, randomUUID } from 'node:crypto';
import { ApiProblem } from '@gozon/client';
import type { Customer } from '@gozon/client';
import { pause } from '@gozon/timing';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

/** The pause between two orders, in ms: some twenty a second. */
const PACE = 50;
/**
 * After so many orders that no test waits for, one a second is enough. A slow machine would be given more the slower it
 * is, and would decide them the later.
 */
const AHEAD = 40;
const SLOW_PACE = 1_000;

/** An order that was acknowledged with 201, and how it must end. */
export interface Placed {
  readonly orderId: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly end: 'paid' | 'insufficient_funds' | 'account_not_found';
}

/** Places orders in the background, of customers who can pay and of such who cannot. */
export interface Posting {
  /** Waits until this many more orders have been acknowledged. */
  more(count: number): Promise<void>;
  /** Ends it. @throws Error when a reply was not as it must be */
  stop(): Promise<Placed[]>;
  /** What was answered 503, or not at all, so far. */
  readonly refusals: readonly unknown[];
}

/**
 * @param options.refusals `never`: each order must be answered 201. `unavailable`: 503 with a problem will do, as when
 *   the database is away. `lost`: a broken connection will do too, as when the gateway is killed.
 */
export async function startPosting(
  system: System,
  {
    refusals: allowed = 'never',
    pace = PACE,
  }: { refusals?: 'never' | 'unavailable' | 'lost'; pace?: number } = {},
): Promise<Posting> {
  const customers: { customer: Customer; end: Placed['end'] }[] = [
    { customer: await openCustomer(system, 10n ** 9n), end: 'paid' },
    { customer: await openCustomer(system, 10n ** 9n), end: 'paid' },
    { customer: await openCustomer(system, 10n ** 9n), end: 'paid' },
    { customer: await openCustomer(system, 0n), end: 'insufficient_funds' },
    { customer: system.client.as(randomUUID()), end: 'account_not_found' },
  ];
  const placed: Placed[] = [];
  const refusals: unknown[] = [];
  const stopped = new AbortController();

  const place = async (turn: number) => {
    const { customer, end } = customers[turn % customers.length] ?? {
      customer: system.client.as(randomUUID()),
      end: 'account_not_found',
    };
    const amount = BigInt(randomInt(1, 1_000));
    try {
      const { orderId } = await customer.placeOrder({ amount });
      placed.push({ orderId, userId: customer.userId, amount, end });
    } catch (error) {
      const isProblem = error instanceof ApiProblem;
      const isAllowed = isProblem ? allowed !== 'never' && error.status === 503 : allowed === 'lost';
      if (!isAllowed) throw error;
      refusals.push(error);
    }
  };
  let awaited = 0;
  const done = (async () => {
    for (let turn = 0; !stopped.signal.aborted; turn++) {
      await place(turn);
      await pause(placed.length < awaited + AHEAD ? pace : Math.max(pace, SLOW_PACE), stopped.signal);
    }
  })();
  let failure: unknown;
  done.catch((error: unknown) => {
    failure = error;
  });

  return {
    async more(count) {
      const wanted = placed.length + count;
      awaited = wanted;
      await eventually(
        `${count} more orders to be acknowledged`,
        () => failure !== undefined || placed.length >= wanted,
        {
          within: 30_000,
        },
      );
      if (failure !== undefined) throw failure;
    },
    async stop() {
      stopped.abort();
      await done;
      return placed;
    },
    refusals,
  };
}
