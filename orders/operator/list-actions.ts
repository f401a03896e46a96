import type { OperatorActionReply } from '#contracts/http/operator-action.ts';
import type { Page } from '#contracts/http/orders-api.ts';
import type { Database } from '../schema.ts';
import { findActions } from './actions.queries.ts';

/** A keyset page of what operators did, newest first. */
export async function listActions(
  db: Database,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<OperatorActionReply>> {
  const found = await findActions(db, { ...query, limit: query.limit + 1 });
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return { items, nextCursor: last && found.length > items.length ? last.actionId : null };
}
