import { EXAMPLE_IDS } from './example.ts';
import type { Examples } from './example.ts';

const { userId, orderId } = EXAMPLE_IDS;

const opened = {
  userId,
  balance: 0,
  held: 0,
  available: 0,
  currency: '{currency}',
  currencyDigits: '{currencyDigits}',
  version: 1,
  createdAt: '2026-11-22T21:04:35.281Z',
};
const toppedUp = { ...opened, balance: 5000, available: 5000, version: 2 };
const debited = { ...opened, balance: 3001, available: 3001, version: 3 };

export const paymentsExamples: Examples = {
  openAccount: { body: { currency: '{currency}' }, reply: opened },
  listAccounts: { reply: { items: [debited] } },
  topUpAccount: { body: { amount: 5000 }, reply: toppedUp },
  getAccount: { reply: debited },
  getStatement: {
    reply: {
      items: [
        {
          postingId: '1155',
          kind: 'debit',
          amount: -1999,
          balanceAfter: 3001,
          orderId,
          createdAt: '2026-11-22T21:04:36.908Z',
        },
        {
          postingId: '1153',
          kind: 'top_up',
          amount: 5000,
          balanceAfter: 5000,
          orderId: null,
          createdAt: '2026-11-22T21:04:35.378Z',
        },
      ],
      nextCursor: null,
    },
  },
  exportStatement: {
    reply:
      'postingId,createdAt,kind,orderId,amount,balanceAfter,currency,currencyDigits\r\n' +
      `1155,2026-11-22T21:04:36.908Z,debit,${orderId},-1999,3001,{currency},{currencyDigits}\r\n`,
  },
};
