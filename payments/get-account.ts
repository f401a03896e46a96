import type { AccountReply } from '#contracts/http/payments-api.ts';
import { problems } from '#contracts/http/problems.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { findAccount } from './account.queries.ts';
import type { PaymentsTables } from './schema.ts';

/** @throws Problem 404 `account_not_found` */
export async function getAccount(db: Kysely<PaymentsTables>, userId: string): Promise<AccountReply> {
  const account = await findAccount(db, userId);
  if (!account) throw problems.accountNotFound();
  return account;
}
