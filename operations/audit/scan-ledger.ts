import { FIRST_ID } from '#contracts/values/ids.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { PaymentsViews } from '../schema.ts';
import {
  findAccountsAfter,
  findAccountsMoved,
  findBalanceMismatches,
  findLastPosting,
  findNextRange,
  findUnbalancedTransfers,
} from './ledger.queries.ts';
import type { AccountRow } from './ledger.queries.ts';
import { previousUuid } from './scan.ts';
import type { Breach, Scan } from './scan.ts';

const PAGE = 1_000;
/** As many as the largest posting id has, so that keys sort as the numbers do. */
const DIGITS = 19;

const keyOf = (postingId: bigint) => String(postingId < 0n ? 0n : postingId).padStart(DIGITS, '0');

/**
 * I1 and I2, by induction along the postings. Each posting records the balance before it plus its amount, each
 * transfer sums to zero, and each account that moved holds the balance of its last posting. It follows that a balance
 * is its credits less its debits, and that all postings sum to zero, although no query ever sums all of them.
 *
 * I13: what is held of an account that moved is the sum of its live holds. I14 says that each of these has its postings.
 */
export function scanPostings(payments: Kysely<PaymentsViews>): Scan {
  return {
    name: 'postings',
    invariants: ['I1', 'I2', 'I13'],
    start: keyOf(0n),
    previous: (key) => keyOf(BigInt(key) - 1n),
    newest: async () => keyOf((await findLastPosting(payments)) - BigInt(PAGE)),
    async checkPage(key) {
      const after = BigInt(key);
      const { upTo, count } = await findNextRange(payments, after, PAGE);
      if (upTo === null) return { upTo: undefined, checked: {}, breaches: [] };
      const range = { after, upTo };
      const mismatches = await findBalanceMismatches(payments, range);
      const transfers = await findUnbalancedTransfers(payments, range);
      const accounts = await findAccountsMoved(payments, range);
      return {
        upTo: count < PAGE ? undefined : keyOf(upTo),
        checked: { I1: accounts.length, I2: count, I13: accounts.length },
        breaches: [
          ...mismatches.map(({ postingId, userId, amount, balanceBefore, balanceAfter }) => ({
            id: 'I1' as const,
            key: keyOf(postingId),
            message:
              `Posting ${postingId} of ${amount} left account ${userId} with ${balanceAfter}, ` +
              `and ${balanceBefore} was there before.`,
          })),
          ...transfers.map(({ transferId, postingId, postings, sum }) => ({
            id: 'I2' as const,
            key: keyOf(postingId),
            message: `Transfer ${transferId} has ${postings} postings, which sum to ${sum}.`,
          })),
          ...accounts.flatMap((account) => checkAccount(account, keyOf(upTo))),
        ],
      };
    },
  };
}

/** I1 and I13 along the accounts, which also finds accounts without any posting. */
export function scanAccounts(payments: Kysely<PaymentsViews>): Scan {
  return {
    name: 'accounts',
    invariants: ['I1', 'I13'],
    start: FIRST_ID,
    previous: previousUuid,
    newest: async () => undefined,
    async checkPage(after) {
      const accounts = await findAccountsAfter(payments, after, PAGE);
      return {
        upTo: accounts.length < PAGE ? undefined : accounts.at(-1)?.userId,
        checked: { I1: accounts.length, I13: accounts.length },
        breaches: accounts.flatMap((account) => checkAccount(account, account.userId)),
      };
    },
  };
}

function checkAccount({ userId, balance, posted, held, liveHolds }: AccountRow, key: string): Breach[] {
  const breaches: Breach[] = [];
  if (balance !== posted || balance < 0n) {
    const message = `Account ${userId} has a balance of ${balance}, and its postings come to ${posted}.`;
    breaches.push({ id: 'I1', key, message });
  }
  if (held !== liveHolds || held < 0n) {
    const message = `Of account ${userId} ${held} is held, and its live holds come to ${liveHolds}.`;
    breaches.push({ id: 'I13', key, message });
  }
  return breaches;
}
