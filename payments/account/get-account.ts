import type { AccountReply } from '#contracts/http/payments-api.ts';
import { problems } from '#contracts/http/problems.ts';
import type { Database } from '../schema.ts';
import { findAccount } from './account.queries.ts';

/** @throws Problem 404 `account_not_found` */
export async function getAccount(db: Database, userId: string): Promise<AccountReply> {
  const account = await findAccount(db, userId);
  if (!account) throw problems.accountNotFound();
  return account;
}
