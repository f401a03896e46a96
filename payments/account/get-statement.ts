import { toPage } from '#contracts/http/page.ts';
import type { Page } from '#contracts/http/page.ts';
import type { PostingReply } from '#contracts/http/payments-api.ts';
import type { Database } from '../schema.ts';
import { findPostings } from './account.queries.ts';
import { getAccount } from './get-account.ts';

/**
 * A keyset page of the account's movements, newest first. An account's postings are made under its lock, so their ids
 * grow in the order in which the balance moved.
 * @throws Problem 404 `account_not_found`
 */
export async function getStatement(
  db: Database,
  query: { userId: string; limit: number; cursor?: string | undefined },
): Promise<Page<PostingReply>> {
  const found = await findPostings(db, { ...query, limit: query.limit + 1 });
  if (found.length === 0) await getAccount(db, query.userId);
  return toPage(found, query.limit, ({ postingId }) => postingId);
}
