/** What moves money: each kind of transfer. */
export const POSTING_KINDS = ['top_up', 'debit', 'hold', 'capture', 'release', 'refund'] as const;

export type PostingKind = (typeof POSTING_KINDS)[number];

/** The accounts of the ledger. A customer's holds are in `held` until they are captured or released. */
export const POSTING_ACCOUNTS = ['customer', 'held', 'cash', 'sales'] as const;

export type PostingAccount = (typeof POSTING_ACCOUNTS)[number];
