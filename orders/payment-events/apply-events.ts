import { sql } from 'kysely';
import type { Message, OutgoingMessage } from '#platform/kafka/connect.ts';
import { isDataFault, isLockTimeout } from '#platform/postgres/database.ts';
import { OutageError } from '#platform/process/classify-error.ts';
import { Counter } from '#platform/process/metrics.ts';
import type { Database } from '../schema.ts';
import { toDeadLetter } from './dead-letter.ts';
import { findLockHolders } from './lock-holders.queries.ts';
import type { LockedOrder } from './lock-holders.queries.ts';
import { applyPaymentEvents } from './payment-events.queries.ts';
import type { PaymentEventRow } from './payment-events.queries.ts';

export const eventsConsumed = new Counter({
  name: 'orders_payment_events_total',
  help: 'Messages of payment-status.v1, by outcome.',
  labelNames: ['outcome'] as const,
});

/**
 * How long the events of a locked order wait for it, in ms. A cancel locks its order for a few. Meanwhile the partitions
 * that the same broker leads wait too.
 */
const LOCK_TIMEOUT = 500;

export interface ReadableMessage {
  readonly message: Message;
  readonly event: PaymentEventRow;
}

/**
 * Applies the events of a partition, those of an order in their sequence.
 * @returns a dead letter for each that can never be applied
 * @throws OutageError when an order stays locked; the events of all other orders are applied
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
    return await applyBatch(db, batch);
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
  const notApplied = await applyPaymentEvents(db, events, { wait });
  const orphans = new Set(notApplied.orphans);
  const locked = new Set(notApplied.locked);
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

function describeLocks(orders: readonly LockedOrder[]): string {
  const [first] = orders;
  if (!first) return 'orders were locked';
  const { orderId, pid, application, since } = first;
  const holder = pid === null ? 'another transaction' : `process ${pid} of PostgreSQL`;
  const details = [application, since && `since ${since.toISOString()}`].filter(Boolean).join(', ');
  const others = orders.length > 1 ? `, and ${orders.length - 1} more orders are locked` : '';
  return `order ${orderId} is locked by ${holder}${details && ` (${details})`}${others}: events wait until that ends`;
}
