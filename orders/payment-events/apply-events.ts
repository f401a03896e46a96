import { pause } from '@gozon/timing';
import { sql } from 'kysely';
import type { Message, OutgoingMessage } from '#platform/kafka/connect.ts';
import { isDataFault, isLockTimeout, isStatementTimeout } from '#platform/postgres/database.ts';
import { OutageError } from '#platform/process/classify-error.ts';
import { Counter, Histogram } from '#platform/process/metrics.ts';
import type { Database } from '../schema.ts';
import { toDeadLetter } from './dead-letter.ts';
import { findBlocker, findLockHolders } from './lock-holders.queries.ts';
import type { Blocker, LockedOrder } from './lock-holders.queries.ts';
import { applyPaymentEvents } from './payment-events.queries.ts';
import type { PaymentEventRow } from './payment-events.queries.ts';

export const eventsConsumed = new Counter({
  name: 'orders_payment_events_total',
  help: 'Messages of payment-status.v1, by outcome.',
  labelNames: ['outcome'] as const,
});

const decisionDuration = new Histogram({
  name: 'orders_decision_duration_seconds',
  help: 'From placing an order to its decision, when its customer can see that.',
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
});

/**
 * How long the events of a locked order wait for it, in ms. A cancel locks its order for a few. Meanwhile the partitions
 * that the same broker leads wait too.
 */
const LOCK_TIMEOUT = 500;

/** After how long it is asked what a batch waits for, in ms: before the statement's own timeout ends the wait. */
const ASK_AFTER = 1_000;

export interface ReadableMessage {
  readonly message: Message;
  readonly event: PaymentEventRow;
}

/**
 * Applies the events of a partition, those of an order in their sequence.
 * @returns a dead letter for each that can never be applied
 * @throws OutageError when an order stays locked; the events of all other orders are applied. Also when the whole batch waits
 *   for a lock, of a table or of an event's row in the inbox
 */
export async function applyEvents(
  db: Database,
  batch: readonly ReadableMessage[],
): Promise<OutgoingMessage[]> {
  const { refused, locked } = await applyOrIsolate(db, batch);
  return [...refused, ...(await applyLocked(db, locked))];
}

/** What was not applied of a batch. */
interface Rest {
  /** A dead letter for each event that can never be applied. */
  readonly refused: readonly OutgoingMessage[];
  /** Events of orders that another transaction has locked: all of an order, in their sequence. */
  readonly locked: readonly ReadableMessage[];
}

/**
 * Applies a batch. One event that the database refuses must not hold up its partition, so the batch is halved until that
 * event stands alone. An order that somebody has locked must not hold up its partition either.
 */
async function applyOrIsolate(db: Database, batch: readonly ReadableMessage[]): Promise<Rest> {
  if (batch.length === 0) return { refused: [], locked: [] };
  try {
    return await nameBlocker(db, async () => applyBatch(db, batch));
  } catch (error) {
    if (!isDataFault(error)) throw error;
    const [only] = batch;
    if (batch.length === 1 && only) {
      const reason = `the database refuses it: ${error.message}`;
      return {
        refused: [toDeadLetter(only.message, { code: 'refused_by_database', reason })],
        locked: [],
      };
    }
    const half = Math.ceil(batch.length / 2);
    const first = await applyOrIsolate(db, batch.slice(0, half));
    // An order may be free again by now, but its events keep their sequence.
    const lockedOrders = new Set(first.locked.map(({ event }) => event.orderId));
    const waits = ({ event }: ReadableMessage) => lockedOrders.has(event.orderId);
    const rest = batch.slice(half);
    const second = await applyOrIsolate(
      db,
      rest.filter((one) => !waits(one)),
    );
    return {
      refused: [...first.refused, ...second.refused],
      locked: [...first.locked, ...rest.filter(waits), ...second.locked],
    };
  }
}

async function applyBatch(
  db: Database,
  batch: readonly ReadableMessage[],
  { wait = false }: { readonly wait?: boolean } = {},
): Promise<Rest> {
  const events = batch.map(({ event }) => event);
  const applied = await applyPaymentEvents(db, events, { wait });
  const orphans = new Set(applied.orphans);
  const locked = new Set(applied.locked);
  for (const seconds of applied.decidedAfter) decisionDuration.observe(seconds);
  eventsConsumed.inc({ outcome: 'applied' }, batch.length - orphans.size - locked.size);
  return {
    refused: batch
      .filter(({ event }) => orphans.has(event.eventId))
      .map(({ message, event: { orderId } }) =>
        toDeadLetter(message, { code: 'unknown_order', reason: `there is no order ${orderId}` }),
      ),
    locked: batch.filter(({ event }) => locked.has(event.eventId)),
  };
}

/**
 * Waits for locked orders, as briefly as our own transactions lock one, and applies their events.
 * @returns a dead letter for each event that can never be applied
 * @throws OutageError that says who has locked them
 */
async function applyLocked(
  db: Database,
  batch: readonly ReadableMessage[],
): Promise<readonly OutgoingMessage[]> {
  if (batch.length === 0) return [];
  try {
    return await db.transaction().execute(async (transaction) => {
      await sql`select set_config('lock_timeout', ${String(LOCK_TIMEOUT)}, true)`.execute(transaction);
      return (await applyBatch(transaction, batch, { wait: true })).refused;
    });
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    const holders = await findLockHolders(db, [...new Set(batch.map(({ event }) => event.orderId))]);
    throw new OutageError(describeLocks(holders), { cause: error });
  }
}

/** Only while the statement waits does PostgreSQL know for whom. */
async function nameBlocker<Result>(db: Database, work: () => Promise<Result>): Promise<Result> {
  const ended = new AbortController();
  const asked = pause(ASK_AFTER, ended.signal).then(async () =>
    ended.signal.aborted ? undefined : findBlocker(db).catch(() => undefined),
  );
  try {
    return await work();
  } catch (error) {
    const blocker = isStatementTimeout(error) ? await asked : undefined;
    throw blocker ? new OutageError(describeBlocker(blocker), { cause: error }) : error;
  } finally {
    ended.abort();
  }
}

function describeBlocker({ pid, application, since }: Blocker): string {
  const holder = pid === 0 ? 'a prepared transaction' : `process ${pid} of PostgreSQL`;
  return `events wait until ${holder}${detailsOf(application, since)} frees what it has locked`;
}

function detailsOf(application: string | null, since: Date | null): string {
  const details = [application, since && `since ${since.toISOString()}`].filter(Boolean).join(', ');
  return details && ` (${details})`;
}

function describeLocks(orders: readonly LockedOrder[]): string {
  const [first] = orders;
  if (!first) return 'orders were locked';
  const { orderId, pid, application, since } = first;
  const holder = pid === null ? 'another transaction' : `process ${pid} of PostgreSQL`;
  const others = orders.length > 1 ? `, and ${orders.length - 1} more orders are locked` : '';
  return `order ${orderId} is locked by ${holder}${detailsOf(application, since)}${others}: events wait until that ends`;
}
