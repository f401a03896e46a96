import { problems } from '#contracts/http/problems.ts';
import { uuid } from '#contracts/http/wire.ts';
import type { Handler } from '#platform/http/request-context.ts';

/**
 * IDENTITY=dev: a client names its user, unchecked. It is for a developer's machine: the gateway binds to loopback by
 * default.
 */
export const devIdentity: Handler = async (ctx, next) => {
  const parsed = uuid.safeParse(ctx.get('X-User-Id'));
  if (!parsed.success) throw problems.missingIdentity();
  ctx.state.userId = parsed.data;
  ctx.state.operator = true;
  ctx.state.merchant = true;
  await next();
};
