import { sql } from 'kysely';
import type { QueryExecutorProvider } from 'kysely';
import type { OPERATOR_ACTIONS } from '#contracts/http/operator-action.ts';

/** Who does something, and why. */
export interface Operator {
  /** The user of the request. */
  readonly actor: string;
  /** The name that was given with it. */
  readonly as?: string | undefined;
  readonly reason: string;
}

/** Calls `record_operator_action()` of the schema of orders: a row for each of the orders, or one of none. */
export async function recordAction(
  orders: QueryExecutorProvider,
  { actor, as, reason }: Operator,
  {
    action,
    orderIds,
    detail = {},
  }: {
    readonly action: (typeof OPERATOR_ACTIONS)[number];
    readonly orderIds?: readonly string[];
    readonly detail?: object;
  },
): Promise<void> {
  await sql`
    select record_operator_action(${actor}, ${action}, ${orderIds}::uuid[], ${reason},
      ${JSON.stringify({ ...detail, as })}::jsonb)`.execute(orders);
}

/** Calls `restore_order()` of the schema of orders. @returns whether the order was not there */
export async function insertRestoredOrder(
  orders: QueryExecutorProvider,
  facts: readonly object[],
  { actor, as, reason }: Operator,
): Promise<boolean> {
  const { rows } = await sql<{ restored: boolean }>`
    select restore_order(${JSON.stringify(facts)}::jsonb, ${actor}, ${reason}, ${JSON.stringify({ as })}::jsonb)
      as restored`.execute(orders);
  return rows[0]?.restored ?? false;
}
