import type { QueryExecutorProvider } from 'kysely';
import { FIRST_ID } from '#contracts/values/ids.ts';
import {
  findAccountsAfter,
  findAccountsMoved,
  findBrokenLinks,
  findLastPosting,
  findLopsidedTransfers,
  findRange,
} from './ledger.queries.ts';
import type { AccountRow } from './ledger.queries.ts';
import { uuidBefore } from './scan.ts';
import type { Breach, Walk } from './scan.ts';

const PAGE = 1_000;
/** As long as any posting id, so that keys sort as the numbers do. */
const DIGITS = 19;

const keyOf = (postingId: bigint) => String(postingId < 0n ? 0n : postingId).padStart(DIGITS, '0');

/**
 * I1 and I2 along the postings: each left behind what was there before plus its amount, transfers sum to zero, and the
 * accounts that moved hold what their last posting says. Then, by induction, a balance is its credits less its debits,
 * and all postings sum to zero, without ever summing all of them.
 */
export function walkPostings(payments: QueryExecutorProvider): Walk {
  return {
    start: keyOf(0n),
    before: (key) => keyOf(BigInt(key) - 1n),
    newest: async () => keyOf((await findLastPosting(payments)) - BigInt(PAGE)),
    async look(key) {
      const after = BigInt(key);
      const { upTo, count } = await findRange(payments, after, PAGE);
      if (upTo === null) return { upTo: undefined, counts: { I1: 0, I2: 0 }, breaches: [] };
      const range = { after, upTo };
      const links = await findBrokenLinks(payments, range);
      const transfers = await findLopsidedTransfers(payments, range);
      const accounts = await findAccountsMoved(payments, range);
      return {
        upTo: count < PAGE ? undefined : keyOf(upTo),
        counts: { I1: accounts.length, I2: count },
        breaches: [
          ...links.map(({ postingId, userId, amount, balanceBefore, balanceAfter }) => ({
            invariant: 'I1' as const,
            key: keyOf(postingId),
            says: `Posting ${postingId} of ${amount} left account ${userId} with ${balanceAfter}, and ${balanceBefore} was there before.`,
          })),
          ...transfers.map(({ transferId, postingId, postings, sum }) => ({
            invariant: 'I2' as const,
            key: keyOf(postingId),
            says: `Transfer ${transferId} has ${postings} postings, which sum to ${sum}.`,
          })),
          ...accounts.flatMap((account) => checkBalance(account, keyOf(upTo))),
        ],
      };
    },
  };
}

/** I1 along the accounts: also of those that no posting speaks of. */
export function walkAccounts(payments: QueryExecutorProvider): Walk {
  return {
    start: FIRST_ID,
    before: uuidBefore,
    newest: async () => undefined,
    async look(after) {
      const accounts = await findAccountsAfter(payments, after, PAGE);
      return {
        upTo: accounts.length < PAGE ? undefined : accounts.at(-1)?.userId,
        counts: { I1: accounts.length },
        breaches: accounts.flatMap((account) => checkBalance(account, account.userId)),
      };
    },
  };
}

function checkBalance({ userId, balance, posted }: AccountRow, key: string): Breach[] {
  if (balance === posted && balance >= 0n) return [];
  const says = `Account ${userId} holds ${balance}, and its postings come to ${posted}.`;
  return [{ invariant: 'I1', key, says }];
}
