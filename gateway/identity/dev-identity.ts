import { problems } from '#contracts/http/problems.ts';
import { uuid } from '#contracts/http/wire.ts';
import { ROLES, rolesIn } from '#contracts/values/roles.ts';
import type { Handler } from '#platform/http/request-context.ts';

/** The nil UUID (RFC 9562, section 5.9). */
const NOBODY = '00000000-0000-0000-0000-000000000000';

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

/** The same for a route of which Temporal's Web UI is the client. It can name no user, and the route is about none. */
export const devIdentityOfAnyone: Handler = async (ctx, next) => {
  if (ctx.get('X-User-Id') !== '') return devIdentity(ctx, next);
  ctx.state.userId = NOBODY;
  ctx.state.roles = new Set(['operator']);
  return next();
};
