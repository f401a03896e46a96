import type { Rig } from '../open-rig.ts';

/**
 * One way to take an order and to pay it exactly once. Each does the same work, and is set up as its own documentation
 * advises: an order is stored, debited once with two postings, and then has a status. Each takes `POST /api/orders` with
 * `X-User-Id`, `Idempotency-Key` and `{"amount"}` through the product's gateway, and answers 201 with `{"orderId"}`.
 */
export interface Peer {
  /** In tables and on the command line. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** How it is set up, and what of its documentation says so. */
  readonly setUp: string;
  /** What of the rig it uses, whose CPU is counted as its own; all by default. */
  readonly uses?: readonly SharedServer[];
  /** Why it cannot be started here, if it cannot: a download that the bench does not make by itself. */
  readonly missing?: () => string | undefined;
  /** Starts its processes on free ports, and ends them by pid with the stack. */
  readonly start: (rig: Rig, stack: AsyncDisposableStack) => Promise<RunningPeer>;
}

export type SharedServer = keyof Rig['servers'];

export interface RunningPeer {
  /** The gateway's. */
  readonly baseUrl: string;
  /** What runs for it alone. What all peers share (PostgreSQL, Kafka, Temporal) is the rig's. */
  readonly processes: readonly PeerProcess[];
  /** @returns user ids, each with more money than a measurement spends */
  readonly openCustomers: (count: number) => Promise<readonly string[]>;
  /** When each of these orders was decided, by PostgreSQL's clock, in ms since 1970; those that are not are left out. */
  readonly decidedAt: (orderIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** What became of these orders, one by one, and how many postings they have in all. Where there is a database. */
  readonly outcomes?: (
    orderIds: readonly string[],
  ) => Promise<{ readonly statuses: readonly string[]; readonly postings: number }>;
  /** Pays as many orders, so many at once, without HTTP. Returns how long it took, in ms. */
  readonly directly?: (count: number, atOnce: number) => Promise<number>;
  /** Of the workflow or activity that pays an order, where Temporal runs it. */
  readonly workflowId?: (orderId: string) => string;
}

export interface PeerProcess {
  readonly name: string;
  readonly pid: number;
}
