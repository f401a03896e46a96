import { newId } from '#contracts/values/ids.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { toWish } from '#tools/testbed/signing.ts';
import type { Rig } from '../open-rig.ts';
import type { Comparison } from './compare.ts';
import { rateOf } from './rate-of.ts';

const DEBITS = 1_500;
const AT_ONCE = 32;
const ACCOUNTS = 200;

/** Debits a second, when all are of one account. */
export async function compareDebits({
  paymentsDb,
  openCustomer,
  signingKeys: [key = ''],
}: Rig): Promise<Comparison[]> {
  const many = await Promise.all(Array.from({ length: ACCOUNTS }, openCustomer));
  const [hot = ''] = many;
  const debits = async (userOf: (turn: number) => string) =>
    rateOf(DEBITS, AT_ONCE, async (turn) => {
      const payment = { orderId: newId(), userId: userOf(turn), amount: 1n, currency: 'EUR' };
      return debitAccount(paymentsDb, toWish('pay', payment, key));
    });
  return [
    {
      name: 'debit',
      question: 'Debits of many accounts, or of one',
      unit: 'debits/s',
      a: { label: `${ACCOUNTS} accounts`, round: async () => debits((turn) => many[turn % ACCOUNTS] ?? hot) },
      b: { label: 'one account', round: async () => debits(() => hot) },
    },
  ];
}
