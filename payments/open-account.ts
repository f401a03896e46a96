import type { AccountReply } from '#contracts/http/payments-api.ts';
import { problems } from '#contracts/http/problems.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { idempotencyProblem } from '#platform/postgres/idempotency.ts';
import type { Idempotency, Replayable } from '#platform/postgres/idempotency.ts';
import { insertAccount } from './account.queries.ts';
import type { PaymentsTables } from './schema.ts';

/**
 * Opens the user's one account, with a balance of zero.
 * @throws Problem 409 `account_exists`, 422 `currency_not_supported`, and those of its Idempotency-Key
 */
export async function openAccount(
  db: Kysely<PaymentsTables>,
  command: { userId: string; currency: string; shopCurrency: string; idempotency: Idempotency | undefined },
): Promise<Replayable<AccountReply>> {
  if (command.currency !== command.shopCurrency) {
    throw problems.currencyNotSupported(command.shopCurrency);
  }
  try {
    return await insertAccount(db, command, command.idempotency);
  } catch (error) {
    if (refusalCode(error) === 'GZ001') throw problems.accountExists();
    throw idempotencyProblem(error) ?? error;
  }
}
