import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import type { OperatorActionReply } from '#contracts/http/operator-action.ts';
import type { Database, OrdersTables } from '../schema.ts';

/** What an operator does to an order, and why. */
export interface OperatorCommand {
  readonly orderId: string;
  /** The user of the request. */
  readonly actor: string;
  /** The name that was given with it. */
  readonly as: string | undefined;
  readonly reason: string;
}

/** Calls `record_operator_action()` of schema.sql, in the transaction of the action. */
export async function recordAction(
  transaction: Database,
  action: OperatorActionReply['action'],
  { orderId, actor, as, reason }: OperatorCommand,
): Promise<void> {
  await sql`
    select record_operator_action(${actor}, ${action}, ${[orderId]}::uuid[], ${reason},
      ${JSON.stringify({ as })}::jsonb)`.execute(transaction);
}

/** Up to `limit` actions, newest first, from below the cursor. */
export async function findActions(
  db: Database,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<OperatorActionReply[]> {
  let query = db.selectFrom('operatorActions').selectAll().orderBy('actionId', 'desc').limit(limit);
  if (cursor !== undefined) query = query.where('actionId', '<', BigInt(cursor));
  return (await query.execute()).map(toReply);
}

function toReply({
  actionId,
  at,
  detail: { as, ...detail },
  ...action
}: Selectable<OrdersTables['operatorActions']>): OperatorActionReply {
  return { ...action, actionId: actionId.toString(), at: at.toISOString(), as: as ?? null, detail };
}
