import type { AccountReply } from '#contracts/http/payments-api.ts';
import { problems } from '#contracts/http/problems.ts';
import { MAX_BALANCE } from '#contracts/values/money.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { refusalCode } from '#platform/postgres/database.ts';
import { idempotencyProblem } from '#platform/postgres/idempotency.ts';
import type { Idempotency, Replayable } from '#platform/postgres/idempotency.ts';
import { addToBalance } from './account.queries.ts';
import type { PaymentsTables } from './schema.ts';

/**
 * Adds to the balance, with a transfer from cash. Amount in minor units.
 * @throws Problem 404 `account_not_found`, 422 `balance_limit_exceeded`, and those of its Idempotency-Key
 */
export async function topUpAccount(
  db: Kysely<PaymentsTables>,
  command: { userId: string; amount: bigint; idempotency: Idempotency | undefined },
): Promise<Replayable<AccountReply>> {
  try {
    return await addToBalance(db, { ...command, maxBalance: MAX_BALANCE }, command.idempotency);
  } catch (error) {
    switch (refusalCode(error)) {
      case 'GZ002':
        throw problems.accountNotFound();
      case 'GZ003':
        throw problems.balanceLimitExceeded();
      default:
        throw idempotencyProblem(error) ?? error;
    }
  }
}
