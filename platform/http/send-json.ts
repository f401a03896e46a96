import { toJson } from '#contracts/values/to-json.ts';
import type { Context } from './request-context.ts';

/** Replies with JSON; bigint becomes a JSON integer. */
export function sendJson(ctx: Context, status: number, body: unknown): void {
  ctx.status = status;
  ctx.body = toJson(body);
  ctx.type = 'application/json';
}
