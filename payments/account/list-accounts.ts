import type { AccountReply } from '#contracts/http/payments-api.ts';
import type { Database } from '../schema.ts';
import { findAccount } from './account.queries.ts';

/** A user's accounts: one, or none before it is opened. */
export async function listAccounts(db: Database, userId: string): Promise<AccountReply[]> {
  const account = await findAccount(db, userId);
  return account ? [account] : [];
}
