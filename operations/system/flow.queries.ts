import { sql } from 'kysely';
import type { Flow } from '#contracts/http/system-api.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import type { OrdersViews } from '../schema.ts';

type FlowRow = Omit<NonNullable<Flow>, 'placedToDecided'> & {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
};

/**
 * How many orders were placed and decided in the last `seconds`, how fast, and how many are undecided. It reads index
 * ranges of these only, so its cost does not grow with the number of stored orders. The seconds are in its text: a plan for
 * any number of them expects a third of all orders, and reads all.
 */
export async function findFlow(db: Kysely<OrdersViews>, seconds: number): Promise<NonNullable<Flow>> {
  const { rows } = await sql<FlowRow>`
    select placed.per_second as placed_per_second, decided.*, undecided.*
    from (
      select (count(*) / ${sql.lit(seconds)}::float8) as per_second from orders_to_pay
      where order_id > (select uuidv7(${sql.lit(-seconds)} * interval '1 second'))
    ) as placed,
    (
      select (count(*) / ${sql.lit(seconds)}::float8) as decided_per_second,
             round(percentile_cont(0.5) within group (order by ms))::float8 as p50,
             round(percentile_cont(0.95) within group (order by ms))::float8 as p95,
             round(percentile_cont(0.99) within group (order by ms))::float8 as p99
      from (
        select extract(epoch from decided_at - placed_at) * 1000 as ms from decided_orders
        where decided_at > now() - ${sql.lit(seconds)} * interval '1 second'
      ) as decided_order
    ) as decided,
    (
      select count(*)::int as undecided,
             coalesce(extract(epoch from now() - min(placed_at)), 0)::float8 as oldest_undecided_seconds
      from orders_undecided
    ) as undecided`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('The query of the flow returned no row.');
  const { p50, p95, p99, ...flow } = row;
  const placedToDecided = p50 === null || p95 === null || p99 === null ? null : { p50, p95, p99 };
  return { ...flow, placedToDecided };
}
