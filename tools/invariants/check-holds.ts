import { sql } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';
import { findBreaches } from './check-result.ts';
import type { CheckResult } from './check-result.ts';

type Database = Kysely<unknown>;

/** For how long a hold may be live after its end, in ms: its workflow releases it, or what looks for overdue holds. */
const RELEASE_GRACE = 60_000;

/** I13. */
export async function checkHeld(payments: Database): Promise<CheckResult> {
  return findBreaches(
    payments,
    { id: 'I13', things: 'accounts' },
    {
      checked: sql`select count(*) from accounts`,
      breaches: sql`
        with live as (select user_id, sum(amount) as amount from holds where closed_at is null group by user_id)
        select format('of account %s %s is held, and its live holds come to %s', user_id, held, coalesce(amount, 0))
                 as message
        from accounts left join live using (user_id)
        where held <> coalesce(amount, 0) or held < 0`,
    },
  );
}

/** I14, of the rows of the holds and of the ledger. What is held is in the ledger's account `held` until it is closed. */
export async function checkHolds(payments: Database): Promise<CheckResult> {
  return findBreaches(
    payments,
    { id: 'I14', things: 'closed holds' },
    {
      checked: sql`select count(*) from holds where closed_at is not null`,
      breaches: sql`
        with side as (
          select order_id, kind, account, count(*) as times, sum(amount) as amount
          from postings where kind in ('hold', 'capture', 'release') group by order_id, kind, account
        ),
        ledger as (
          select order_id,
                 coalesce(sum(amount) filter (where kind = 'hold' and account = 'held'), 0) as held,
                 coalesce(-sum(amount) filter (where kind = 'capture' and account = 'held'), 0) as captured,
                 coalesce(sum(amount) filter (where kind = 'capture' and account = 'sales'), 0) as sold,
                 coalesce(-sum(amount) filter (where kind = 'release' and account = 'held'), 0) as released,
                 coalesce(sum(amount) filter (where kind = 'release' and account = 'customer'), 0) as returned,
                 max(times) as times
          from side group by order_id
        ),
        compared as (
          select order_id, h.amount, h.closed_at, h.captured as taken, held, ledger.captured, sold, released, returned,
                 times, h.order_id is null as is_without_hold
          from (select order_id, amount, closed_at, captured from holds) h full join ledger using (order_id)
        )
        select format('order %s has no hold, and %s was held for it, %s captured and %s released',
                      order_id, held, captured, released) as message
        from compared where is_without_hold
        union all
        select format('the hold of order %s is of %s, and %s was held', order_id, amount, coalesce(held, 0))
        from compared where not is_without_hold and held is distinct from amount
        union all
        select format('order %s was held, captured or released %s times', order_id, times)
        from compared where times > 1
        union all
        select format('the hold of order %s is live, and %s was captured and %s released', order_id, captured, released)
        from compared where not is_without_hold and closed_at is null and (captured, released) <> (0, 0)
        union all
        select format('of the closed hold of order %s over %s, %s was captured and %s released',
                      order_id, amount, captured, released)
        from compared where closed_at is not null and captured + released <> amount
        union all
        select format('order %s captured %s of its hold by its row and %s by the ledger, and sales got %s',
                      order_id, taken, captured, sold)
        from compared where closed_at is not null and (taken <> captured or captured <> sold)
        union all
        select format('of the hold of order %s %s was released, and its customer got %s', order_id, released, returned)
        from compared where released <> returned`,
    },
  );
}

/** I16. What was asked for in time may be carried out after the end, but not long after. */
export async function checkHoldsEnd(payments: Database): Promise<CheckResult> {
  const latest = sql`now() - ${RELEASE_GRACE} * interval '1 millisecond'`;
  return findBreaches(
    payments,
    { id: 'I16', things: 'holds past their end' },
    {
      checked: sql`select count(*) from holds where capture_before < ${latest}`,
      breaches: sql`
        select format('the hold of order %s ended at %s, and is live', order_id, capture_before) as message
        from holds where closed_at is null and capture_before < ${latest}`,
    },
  );
}
