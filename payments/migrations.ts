import * as ledger from './migrations/0001-ledger.ts';
import * as refunds from './migrations/0002-refunds.ts';
import * as reconciliation from './migrations/0003-reconciliation.ts';
import * as audit from './migrations/0004-audit.ts';
import * as signatures from './migrations/0005-signatures.ts';
import * as repeatedOrders from './migrations/0006-repeated-orders.ts';
import * as holds from './migrations/0007-holds.ts';
import * as settlements from './migrations/0008-settlements.ts';
import * as findHoldsById from './migrations/0009-find-holds-by-id.ts';

/** In order; kysely applies those that the database does not have yet. */
export const paymentsMigrations = {
  '0001-ledger': ledger,
  '0002-refunds': refunds,
  '0003-reconciliation': reconciliation,
  '0004-audit': audit,
  '0005-signatures': signatures,
  '0006-repeated-orders': repeatedOrders,
  '0007-holds': holds,
  '0008-settlements': settlements,
  '0009-find-holds-by-id': findHoldsById,
};
