import type { Readable } from 'node:stream';
import type { PostingReply } from '#contracts/http/payments-api.ts';
import { CSV_PAGE, keysetPages, toCsv } from '#platform/http/csv.ts';
import type { Database } from '../schema.ts';
import type { Turns } from '../take-turns.ts';
import { findPostings } from './account.queries.ts';
import { getAccount } from './get-account.ts';

/**
 * The account's movements as CSV, newest first: those that there are when it begins.
 * @throws Problem 404 `account_not_found`
 */
export async function exportStatement(db: Database, userId: string, turns: Turns): Promise<Readable> {
  const { currency, currencyDigits } = await getAccount(db, userId);
  const pages = keysetPages<PostingReply>(async (last) =>
    turns(userId, async () => findPostings(db, { userId, limit: CSV_PAGE, cursor: last?.postingId })),
  );
  return toCsv<PostingReply>(
    {
      postingId: ({ postingId }) => postingId,
      createdAt: ({ createdAt }) => createdAt,
      kind: ({ kind }) => kind,
      orderId: ({ orderId }) => orderId,
      amount: ({ amount }) => amount,
      balanceAfter: ({ balanceAfter }) => balanceAfter,
      currency: () => currency,
      currencyDigits: () => currencyDigits,
    },
    pages,
  );
}
