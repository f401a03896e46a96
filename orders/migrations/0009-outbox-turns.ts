import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Customers take turns in the outbox: workflows/relay/README.md says how. The indexes hold only rows that wait, so they
 * cost one scan of the outbox (0.2 s of a million rows). Copies of an older version claim by due_at as before. outbox_due
 * goes: beside outbox_turns it would be read, and all that waits with it, while the statistics do not know how much that is.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table outbox add column fairness_key text, add column turn bigint`.execute(db);
  await sql`create index outbox_turns on outbox (turn, due_at) where dispatched_at is null`.execute(db);
  await sql`
    create index outbox_turns_of_key on outbox (fairness_key, turn)
    where dispatched_at is null and turn is not null`.execute(db);
  await sql`drop index outbox_due`.execute(db);
  await sql`create sequence outbox_turn owned by outbox.turn`.execute(db);
  await sql`grant select, update on sequence outbox_turn to workflows`.execute(db);
  await sql`grant update (turn) on outbox to workflows`.execute(db);
  await sql`
    create function enqueue_workflow(
      p_kind text, p_workflow_id text, p_payload jsonb, p_traceparent text, p_fairness_key text
    ) returns void
    language sql as $$
      insert into outbox (kind, workflow_id, payload, traceparent, fairness_key, turn)
        select p_kind, p_workflow_id, p_payload, p_traceparent, p_fairness_key,
               case when p_fairness_key is not null then greatest(last_value, 1 + (
                 select turn from outbox
                 where dispatched_at is null and turn is not null
                   and (fairness_key, turn) >= (p_fairness_key, last_value)
                   and (fairness_key, turn) <= (p_fairness_key, 9223372036854775807)
                 order by fairness_key desc, turn desc limit 1
               )) end
        from outbox_turn
        on conflict do nothing
    $$`.execute(db);
  await sql`
    create or replace function enqueue_workflow(
      p_kind text, p_workflow_id text, p_payload jsonb, p_traceparent text
    ) returns void
    language plpgsql as $$
    begin
      perform enqueue_workflow(p_kind, p_workflow_id, p_payload, p_traceparent, p_payload ->> 'userId');
    end $$`.execute(db);
}
