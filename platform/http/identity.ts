import { problems } from '#contracts/http/problems.ts';
import { uuid } from '#contracts/http/wire.ts';
import { rolesIn } from '#contracts/values/roles.ts';
import type { Role } from '#contracts/values/roles.ts';
import type { Context, Handler } from './request-context.ts';

/** Reads the user and the roles from headers that only the gateway can set: it removes any that a client sends. */
export const requireUser: Handler = async (ctx, next) => {
  const parsed = uuid.safeParse(ctx.get('X-User-Id'));
  if (!parsed.success) {
    throw problems.missingIdentity('X-User-Id must be the UUID of the user.');
  }
  ctx.state.userId = parsed.data;
  ctx.state.roles = rolesIn(ctx.get('X-User-Roles'));
  await next();
};

/** The caller, after {@link requireUser}. */
export function callerOf(ctx: Context): string {
  if (ctx.state.userId === undefined) throw new Error('this route is not behind requireUser');
  return ctx.state.userId;
}

const NO_ROLES: ReadonlySet<Role> = new Set();

/** The caller's roles; none unless an identity gave some. */
export function rolesOf(ctx: Context): ReadonlySet<Role> {
  return ctx.state.roles ?? NO_ROLES;
}

/** @throws Problem 403 when any of the inputs has a userId that is not the caller's */
export function requireSelf(ctx: Context, ...inputs: readonly object[]): void {
  const named = inputs.flatMap((input) => ('userId' in input ? [input.userId] : []));
  if (named.some((userId) => userId !== undefined && userId !== callerOf(ctx))) {
    throw problems.forbidden();
  }
}
