import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Makes the events table a stream that can be followed and resumed. Sequences commit out of order, so an event's id says
 * nothing about when it could first be seen: a reader that goes by it skips what commits late. A position is given to an
 * event after it has committed, by one writer at a time, so positions become visible in their own order. The alternative,
 * not reading past pg_snapshot_xmin, is held up by any transaction that is open anywhere in the cluster.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table order_events add column position bigint`.execute(db);
  await sql`create sequence order_event_position owned by order_events.position`.execute(db);
  await sql`create unique index order_event_positions on order_events (position)`.execute(db);
  await sql`create index events_of_user on order_events (user_id, position)`.execute(db);
  await sql`create index events_without_position on order_events (event_id) where position is null`.execute(
    db,
  );
  await sql`
    create function position_order_events(p_limit integer) returns integer
    language plpgsql as $$
    declare
      v_count integer;
    begin
      -- Held until the commit, which makes the positions visible before the next writer begins.
      perform pg_advisory_xact_lock(hashtextextended('order_event_position', 0));
      update order_events
      set position = next.position
      from (
        select event_id, nextval('order_event_position') as position
        from (select event_id from order_events where position is null order by event_id limit p_limit) as waiting
      ) as next
      where order_events.event_id = next.event_id;
      get diagnostics v_count = row_count;
      return v_count;
    end $$`.execute(db);
}
