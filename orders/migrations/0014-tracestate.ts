import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Outbox rows keep the tracestate of a request beside its traceparent. The functions that write rows hand on both as one text,
 * in which a space separates them: so none of them changes but the last.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table outbox add column tracestate text`.execute(db);
  await sql`
    create or replace function enqueue_workflow(
      p_kind text, p_workflow_id text, p_payload jsonb, p_traceparent text, p_fairness_key text
    ) returns void
    language sql as $$
      insert into outbox (kind, workflow_id, payload, traceparent, tracestate, fairness_key, turn)
        select p_kind, p_workflow_id, p_payload, split_part(p_traceparent, ' ', 1),
               nullif(substr(p_traceparent, length(split_part(p_traceparent, ' ', 1)) + 2), ''), p_fairness_key,
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
}
