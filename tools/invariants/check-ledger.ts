import { sql } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';
import { findBreaches } from './check-result.ts';
import type { CheckResult } from './check-result.ts';

type Database = Kysely<unknown>;

/** I1, of the current balance, of what is held, and of the balance that each posting recorded. */
export async function checkBalances(payments: Database): Promise<CheckResult> {
  return findBreaches(
    payments,
    { id: 'I1', things: 'accounts' },
    {
      checked: sql`select count(*) from accounts`,
      breaches: sql`
        with movement as (
          select user_id, posting_id, balance_after, amount,
                 sum(amount) over (partition by user_id order by posting_id) as running
          from postings where account = 'customer'
        ),
        total as (select user_id, sum(amount) as amount from movement group by user_id),
        total_held as (select user_id, sum(amount) as amount from postings where account = 'held' group by user_id)
        select format('account %s has a balance of %s, and postings of %s', user_id, balance, coalesce(amount, 0))
                 as message
        from accounts left join total using (user_id)
        where balance <> coalesce(amount, 0) or balance < 0
        union all
        select format('of account %s %s is held, and its postings of holds come to %s', user_id, held,
                      coalesce(amount, 0))
        from accounts left join total_held using (user_id)
        where held <> coalesce(amount, 0) or held < 0
        union all
        select format('posting %s of account %s recorded a balance of %s, and the postings up to it sum to %s',
                      posting_id, user_id, balance_after, running)
        from movement where balance_after <> running`,
    },
  );
}

/** I2, and that all postings sum to zero, and that top-ups are balances, what is held, and net sales. */
export async function checkSums(payments: Database): Promise<CheckResult> {
  return findBreaches(
    payments,
    { id: 'I2', things: 'postings' },
    {
      checked: sql`select count(*) from postings`,
      breaches: sql`
        with flow as (
          select coalesce(sum(amount), 0) as everything,
                 coalesce(sum(amount) filter (where account = 'customer' and kind = 'top_up'), 0) as topped_up,
                 coalesce(sum(amount) filter (where account = 'sales'), 0) as net_sales
          from postings
        ),
        stock as (select coalesce(sum(balance), 0) as balances, coalesce(sum(held), 0) as held from accounts)
        select format('all postings sum to %s', everything) as message from flow where everything <> 0
        union all
        select format('top-ups are %s, balances %s, holds %s and net sales %s', topped_up, balances, held, net_sales)
        from flow, stock where topped_up <> balances + held + net_sales
        union all
        select format('transfer %s has %s postings that sum to %s', transfer_id, count(*), sum(amount))
        from postings group by transfer_id having sum(amount) <> 0 or count(*) <> 2`,
    },
  );
}

/** I3. The index that forbids a second debit, hold or refund is no proof of itself: the rows are counted. */
export async function checkSingleDebit(payments: Database): Promise<CheckResult> {
  return findBreaches(
    payments,
    { id: 'I3', things: 'orders in the ledger' },
    {
      checked: sql`select count(distinct order_id) from postings`,
      breaches: sql`
        select format('order %s has %s postings of kind %s to %s', order_id, count(*), kind, account) as message
        from postings where order_id is not null
        group by order_id, kind, account, coalesce(refund_id, order_id) having count(*) > 1
        union all
        select format('order %s was debited, and held too', order_id)
        from postings where account = 'customer' and order_id is not null
        group by order_id having bool_or(kind = 'debit') and bool_or(kind = 'hold')
        union all
        select format('order %s was refunded, and nothing was taken', order_id)
        from postings where order_id is not null
        group by order_id having bool_or(kind = 'refund') and not bool_or(kind in ('debit', 'capture'))`,
    },
  );
}
