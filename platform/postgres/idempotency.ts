import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Kysely, QueryExecutorProvider } from 'kysely';
import { toJson } from '#contracts/values/to-json.ts';
import { Problem } from '../http/problem.ts';
import type { Context } from '../http/serve.ts';
import { refusalCode } from './database.ts';
import { PURGE_BATCH, purgedBatch } from './retention.ts';
import type { PurgedBatch } from './retention.ts';

/**
 * The table and the two functions by which a service's own database functions make a POST repeatable: begin returns the
 * stored reply of an earlier request with the key, or null; finish stores this one's, in the same transaction as its
 * effect. An uncommitted key is invisible to others, hence the advisory lock before the look-up: whoever does not get it
 * is told that the first is still under way.
 */
export async function createIdempotency(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table idempotency_keys (
      scope text not null,
      key text not null,
      request_hash bytea not null,
      reply jsonb not null,
      created_at timestamptz not null default now(),
      primary key (scope, key)
    )`.execute(db);
  await sql`create index idempotency_keys_by_age on idempotency_keys (created_at)`.execute(db);
  await sql`
    create function idempotency_begin(p_scope text, p_key text, p_request_hash bytea) returns jsonb
    language plpgsql as $$
    declare
      v_stored idempotency_keys;
    begin
      if p_key is null then
        return null;
      end if;
      if not pg_try_advisory_xact_lock(hashtextextended(p_scope || chr(31) || p_key, 0)) then
        raise exception 'a request with this key is under way' using errcode = 'GZ409';
      end if;
      select * into v_stored from idempotency_keys where scope = p_scope and key = p_key;
      if not found then
        return null;
      end if;
      if v_stored.request_hash <> p_request_hash then
        raise exception 'this key was used for another request' using errcode = 'GZ422';
      end if;
      return v_stored.reply;
    end $$`.execute(db);
  await sql`
    create function idempotency_finish(p_scope text, p_key text, p_request_hash bytea, p_reply jsonb) returns void
    language sql as $$
      insert into idempotency_keys (scope, key, request_hash, reply)
      select p_scope, p_key, p_request_hash, p_reply where p_key is not null
    $$`.execute(db);
}

/** The Problem that a refusal of {@link createIdempotency}'s functions is for the client; undefined for another error. */
export function idempotencyProblem(error: unknown): Problem | undefined {
  const code = refusalCode(error);
  switch (code) {
    case 'GZ409':
      return new Problem('idempotency_key_in_flight', {
        detail: 'A request with this Idempotency-Key is still being worked on. Repeat it in a moment.',
        headers: { 'Retry-After': '1' },
      });
    case 'GZ422':
      return new Problem('idempotency_key_reused', {
        detail: 'This Idempotency-Key was used for a different request. Use a new one for a new request.',
      });
    default:
      return undefined;
  }
}

/** How long a key can be used again. */
const KEPT = '24 hours';

/** Deletes a batch of the keys that are older than 24 hours. */
export async function purgeIdempotencyKeys(db: QueryExecutorProvider): Promise<PurgedBatch> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys
    where (scope, key) in (
      select scope, key from idempotency_keys
      where created_at < now() - ${KEPT}::interval
      order by created_at limit ${PURGE_BATCH}
      for update skip locked
    )`.execute(db);
  return purgedBatch(numAffectedRows);
}

/** What a database function answers that can be repeated: the first reply, and whether this is a repeat of it. */
export interface Replayable<Reply> {
  readonly reply: Reply;
  readonly replayed: boolean;
}

/** What such a function returned, which is one row, as the reply that it is. */
export function toReplayable<Row, Reply>(
  [row]: readonly Replayable<Row>[],
  toReply: (row: Row) => Reply,
): Replayable<Reply> {
  if (!row) throw new Error('the database function returned no row');
  return { reply: toReply(row.reply), replayed: row.replayed };
}

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/** What makes a repeated POST one: the client's key, and a hash of what it asked for. Absent without the header. */
export interface Idempotency {
  readonly key: string;
  readonly requestHash: Buffer;
}

/**
 * The Idempotency-Key of a POST (IETF draft httpapi-idempotency-key-header), with a hash of the validated request.
 * @throws Problem 400 when it is empty, longer than 255 characters or not printable ASCII
 */
export function readIdempotency(ctx: Context, request: readonly unknown[]): Idempotency | undefined {
  const key = ctx.request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
    throw new Problem('invalid_parameter', {
      detail: 'Idempotency-Key must have 1 to 255 printable ASCII characters.',
      errors: [{ field: 'Idempotency-Key', message: 'must have 1 to 255 printable ASCII characters' }],
    });
  }
  return { key, requestHash: createHash('sha256').update(toJson(request)).digest() };
}
