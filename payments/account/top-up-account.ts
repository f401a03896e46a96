import type { Idempotency, Replayable } from '@gozon/postgres-idempotency';
import type { AccountReply } from '#contracts/http/payments-api.ts';
import { MAX_BALANCE } from '#contracts/values/money/money.ts';
import { toProblem } from '../errors.ts';
import type { Database } from '../schema.ts';
import { addToBalance } from './account.queries.ts';

export interface TopUpAccount {
  readonly userId: string;
  /** Minor units. */
  readonly amount: bigint;
  readonly idempotency: Idempotency | undefined;
}

/**
 * Adds to the balance, with a transfer from cash.
 * @throws Problem 404 `account_not_found`, 422 `balance_limit_exceeded`, and those of its Idempotency-Key
 */
export async function topUpAccount(db: Database, command: TopUpAccount): Promise<Replayable<AccountReply>> {
  try {
    return await addToBalance(db, { ...command, maxBalance: MAX_BALANCE }, command.idempotency);
  } catch (error) {
    throw toProblem(error);
  }
}
