import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { defineRoute } from './route-contract.ts';
import {
  amount,
  currency,
  currencyDigits,
  cursor,
  integer,
  limit,
  page,
  time,
  userParams,
  uuid,
} from './wire.ts';

const accountReply = z
  .object({
    userId: uuid,
    balance: integer.meta({
      description: 'What is held and what is available, in minor units. Never negative.',
    }),
    held: integer.meta({
      description: 'Reserved for orders that are authorized, until they are captured or cancelled.',
    }),
    available: integer.meta({ description: 'What orders can spend.' }),
    currency: z.string(),
    currencyDigits,
    version: integer.meta({
      description: "Grows by one with each change of balance or hold. The account's ETag.",
    }),
    createdAt: time,
  })
  .meta({ id: 'Account' });

/** A capture moves what is held, so it is no posting on a customer's account. */
const STATEMENT_KINDS = ['top_up', 'debit', 'hold', 'release', 'refund'] as const;

/** An account as every route shows it. Money in minor units, times in RFC 3339 UTC. */
export type AccountReply = z.output<typeof accountReply>;

const postingReply = z
  .object({
    postingId: z.string().meta({ description: 'Opaque. Grows with time.' }),
    kind: z.enum(STATEMENT_KINDS).meta({
      description:
        'A hold takes money from what is available; what is not captured of it comes back by a release.',
    }),
    amount: integer.meta({
      description: 'Signed: a credit is positive, a debit negative.',
    }),
    balanceAfter: integer.meta({ description: 'What is available after it.' }),
    orderId: uuid.nullable(),
    createdAt: time,
  })
  .meta({ id: 'Posting' });

/** One posting on an account, with the balance after it. */
export type PostingReply = z.output<typeof postingReply>;

const account = { params: userParams, tag: 'Accounts' } as const;

export const openAccountRoute = defineRoute({
  ...ROUTES.openAccount,
  tag: 'Accounts',
  summary: 'Open your account',
  description: 'A user has one account, in the currency of the shop.',
  body: z.strictObject({ userId: uuid.optional(), currency: currency.optional() }),
  reply: { status: 201, description: 'The new account, with a balance of zero.', schema: accountReply },
  problems: ['account_exists', 'currency_not_supported'],
});

export const listAccountsRoute = defineRoute({
  ...ROUTES.listAccounts,
  tag: 'Accounts',
  summary: 'Your accounts',
  description: 'One, or none before you open it. Nothing is wrong then, so this is not a 404.',
  reply: { status: 200, description: 'Your accounts.', schema: z.object({ items: z.array(accountReply) }) },
  problems: [],
});

export const topUpRoute = defineRoute({
  ...account,
  ...ROUTES.topUpAccount,
  summary: 'Put money in your account',
  body: z.strictObject({ amount }),
  reply: { status: 200, description: 'The account after the top-up.', schema: accountReply },
  problems: ['account_not_found', 'balance_limit_exceeded'],
});

export const getAccountRoute = defineRoute({
  ...account,
  ...ROUTES.getAccount,
  summary: 'Your account and its balance',
  reply: {
    status: 200,
    description: 'The account.',
    schema: accountReply,
    headers: { ETag: "The account's version, for If-None-Match." },
  },
  problems: ['account_not_found'],
});

export const getStatementRoute = defineRoute({
  ...account,
  ...ROUTES.getStatement,
  summary: 'Every posting on your account, newest first',
  query: z.strictObject({ limit, cursor: cursor.optional() }),
  reply: { status: 200, description: 'A page of postings.', schema: page(postingReply) },
  problems: ['account_not_found'],
});

export const exportStatementRoute = defineRoute({
  ...account,
  ...ROUTES.exportStatement,
  summary: 'Every posting on your account as CSV, newest first',
  description:
    'All of them, sent as they are read. A transfer that ends without its last chunk is not complete: ask again.',
  reply: {
    status: 200,
    description: 'CSV (RFC 4180) in UTF-8 with a header. Amounts are in minor units.',
    schema: z.string(),
    contentType: 'text/csv',
    headers: { 'Content-Disposition': 'A name for the file.' },
  },
  problems: ['account_not_found'],
});

export const paymentsApi = [
  openAccountRoute,
  listAccountsRoute,
  topUpRoute,
  getAccountRoute,
  getStatementRoute,
  exportStatementRoute,
] as const;
