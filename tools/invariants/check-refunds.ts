import { sql } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';
import { findBreaches } from './check-result.ts';
import type { CheckResult } from './check-result.ts';

type Database = Kysely<unknown>;

/**
 * The refund of a posting. Before there were refunds in parts, that of an order had no id: it has the order's now, as that of
 * a cancel has.
 */
const REFUND_ID = sql`coalesce(refund_id, order_id)`;

/** I15, of the ledger and of what payments recorded. */
export async function checkRefundedAmounts(payments: Database): Promise<CheckResult> {
  return findBreaches(
    payments,
    { id: 'I15', things: 'refunded orders' },
    {
      checked: sql`select count(distinct order_id) from refunds`,
      breaches: sql`
        with ledger as (
          select order_id,
                 coalesce(sum(amount) filter (where account = 'sales' and kind in ('debit', 'capture')), 0) as captured,
                 coalesce(sum(amount) filter (where account = 'customer' and kind = 'refund'), 0) as refunded
          from postings where order_id is not null group by order_id
        ),
        recorded as (select order_id, sum(amount) as refunded from refunds group by order_id)
        select format('of order %s %s was captured, and %s refunded', order_id, captured, refunded) as message
        from ledger where refunded > captured
        union all
        select format('of order %s %s was captured, and its refunds come to %s',
                      order_id, coalesce(captured, 0), recorded.refunded)
        from recorded left join ledger using (order_id) where recorded.refunded > coalesce(captured, 0)`,
    },
  );
}

/** I5 of refunds: each is one transfer, and says how much of its order was refunded by then. */
export async function checkRefundPostings(payments: Database): Promise<CheckResult> {
  return findBreaches(
    payments,
    { id: 'I5', title: 'Each refund is in the ledger as payments recorded it', things: 'refunds' },
    {
      checked: sql`select count(*) from refunds`,
      breaches: sql`
        with ledger as (
          select ${REFUND_ID} as refund_id, min(order_id::text)::uuid as order_id,
                 coalesce(sum(amount) filter (where account = 'customer'), 0) as returned,
                 coalesce(-sum(amount) filter (where account = 'sales'), 0) as given
          from postings where kind = 'refund' group by 1
        ),
        recorded as (
          select refund_id, order_id, amount, total, sum(amount) over (partition by order_id order by total) as by_then
          from refunds
        )
        select format('refund %s of order %s is of %s, its customer got %s, and sales gave %s', refund_id,
                      recorded.order_id, amount, coalesce(returned, 0), coalesce(given, 0)) as message
        from recorded left join ledger using (refund_id)
        where (recorded.order_id, amount, amount) is distinct from (ledger.order_id, returned, given)
        union all
        select format('refund %s of order %s moved %s, and payments did not record it', refund_id, order_id, returned)
        from ledger where not exists (select from refunds where refunds.refund_id = ledger.refund_id)
        union all
        select format('refund %s of order %s says that %s was refunded by then, and it was %s', refund_id, order_id,
                      total, by_then)
        from recorded where total <> by_then`,
    },
  );
}
