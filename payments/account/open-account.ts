import type { Idempotency, Replayable } from '@gozon/postgres-idempotency';
import type { AccountReply } from '#contracts/http/payments-api.ts';
import { problems } from '#contracts/http/problems.ts';
import { toProblem } from '../errors.ts';
import type { Database } from '../schema.ts';
import { insertAccount } from './account.queries.ts';

export interface OpenAccount {
  readonly userId: string;
  readonly currency: string;
  /** The one currency in which accounts can be opened. */
  readonly shopCurrency: string;
  readonly idempotency: Idempotency | undefined;
}

/**
 * Opens the user's one account, with a balance of zero.
 * @throws Problem 409 `account_exists`, 422 `currency_not_supported`, and those of its Idempotency-Key
 */
export async function openAccount(db: Database, command: OpenAccount): Promise<Replayable<AccountReply>> {
  if (command.currency !== command.shopCurrency) throw problems.currencyNotSupported(command.shopCurrency);
  try {
    return await insertAccount(db, command, command.idempotency);
  } catch (error) {
    throw toProblem(error);
  }
}
