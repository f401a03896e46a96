import type { OperatorActionReply } from '#contracts/http/operator-action.ts';
import { toPage } from '#contracts/http/page.ts';
import type { Page } from '#contracts/http/page.ts';
import type { Database } from '../schema.ts';
import { findActions } from './actions.queries.ts';

/** A keyset page of what operators did, newest first. */
export async function listActions(
  db: Database,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<OperatorActionReply>> {
  const found = await findActions(db, { ...query, limit: query.limit + 1 });
  return toPage(found, query.limit, ({ actionId }) => actionId);
}
