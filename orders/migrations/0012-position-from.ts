import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Events get their positions from an id on. While a snapshot is held, the index of events without a position keeps the dead
 * entries of all that got one meanwhile, and a look from the first on reads all of them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function position_order_events(p_limit integer, p_after bigint) returns integer
    language plpgsql as $$
    declare
      v_last bigint;
      v_count integer;
    begin
      -- Held until the commit, which makes the positions visible before the next writer begins.
      perform pg_advisory_xact_lock(hashtextextended('order_event_position', 0));
      select greatest(last_value, (extract(epoch from clock_timestamp()) * 1000000)::bigint) into v_last
        from order_event_position;
      update order_events
      set position = v_last + next.nth
      from (
        select event_id, row_number() over (order by event_id) as nth
        from (
          select event_id from order_events where position is null and event_id > p_after
          order by event_id limit p_limit
        ) as waiting
      ) as next
      where order_events.event_id = next.event_id;
      get diagnostics v_count = row_count;
      if v_count > 0 then
        perform setval('order_event_position', v_last + v_count);
      end if;
      return v_count;
    end $$`.execute(db);
  await sql`
    create or replace function position_order_events(p_limit integer) returns integer
    language sql as $$ select position_order_events(p_limit, 0) $$`.execute(db);
}
