import type { Readable } from 'node:stream';
import { currencyDigits } from '#contracts/values/money/currency-digits.ts';
import { CSV_PAGE, keysetPages, toCsv } from '#platform/http/csv.ts';
import type { Database } from '../schema.ts';
import type { Turns } from '../take-turns.ts';
import { findSettlements } from './settlement.queries.ts';
import type { Settlement } from './settlement.queries.ts';

/** What was paid, captured and refunded in a period, as CSV, oldest first. The ledger never changes what is past. */
export function exportSettlements(
  db: Database,
  { caller, from, to }: { caller: string; from: Date; to: Date },
  turns: Turns,
): Readable {
  const pages = keysetPages<Settlement>(async (after) =>
    turns(caller, async () => findSettlements(db, { from, to }, { after, limit: CSV_PAGE })),
  );
  return toCsv<Settlement>(
    {
      settledAt: ({ settledAt }) => settledAt.toISOString(),
      kind: ({ kind }) => kind,
      orderId: ({ orderId }) => orderId,
      userId: ({ userId }) => userId,
      refundId: ({ refundId }) => refundId,
      amount: ({ amount }) => amount,
      currency: ({ currency }) => currency,
      currencyDigits: ({ currency }) => currencyDigits(currency),
    },
    pages,
  );
}
