import { problems } from '#contracts/http/problems.ts';
import { uuid } from '#contracts/http/wire.ts';
import { ROLES, rolesIn } from '#contracts/values/roles.ts';
import type { Handler } from '#platform/http/request-context.ts';

/**
 * IDENTITY=dev: a client names its user, unchecked, and may say of which roles; otherwise it has each. It is for a developer's machine: the gateway binds to loopback by
 * default.
 */
export const devIdentity: Handler = async (ctx, next) => {
  const parsed = uuid.safeParse(ctx.get('X-User-Id'));
  if (!parsed.success) throw problems.missingIdentity();
  ctx.state.userId = parsed.data;
  const roles = ctx.req.headers['x-user-roles'];
  ctx.state.roles = roles === undefined ? new Set(ROLES) : rolesIn(String(roles));
  await next();
};
