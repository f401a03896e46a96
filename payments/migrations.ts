import * as ledger from './migrations/0001-ledger.ts';

/** In order; kysely applies those that the database does not have yet. */
export const paymentsMigrations = { '0001-ledger': ledger };
