import type pg from 'pg';
import type { Customers } from '../measure/send-orders.ts';
import type { Started } from '../measure/turn.ts';
import { loadParts } from './load-parts.ts';
import { outboxParts } from './outbox-parts.ts';
import { measureReads } from './reads.ts';

/** What was measured of one part of growth, by what it is, in the unit that its name says. */
export interface PartResult {
  readonly part: string;
  readonly figures: Figures;
}

export type Figures = Readonly<Record<string, number>>;

/** A system that holds the most orders, which has just been started and warmed up. */
export interface PartContext {
  readonly peer: Started;
  /** A hundred of them, new ones. */
  readonly customers: Customers;
  /** As superuser. */
  readonly orders: pg.Client;
  /** How many other accounts there are beside that of the customer with most orders. */
  readonly accounts: number;
  /** From 0 to 1: how much of the usual is to be done, for a short run. */
  readonly share: number;
}

/** By the name on the command line and in the page. */
export const PARTS: Readonly<Record<string, (context: PartContext) => Promise<Figures>>> = {
  reads: measureReads,
  ...loadParts,
  ...outboxParts,
};
