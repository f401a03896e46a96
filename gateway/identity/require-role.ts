import { problems } from '#contracts/http/problems.ts';
import type { RouteContract } from '#contracts/http/route-contract.ts';
import { rolesOf } from '#platform/http/identity.ts';
import type { Handler } from '#platform/http/request-context.ts';

/** Lets pass who has a role that the route is for, once the identity is known. @throws Problem 403 */
export function requireRoleOf({ operator = false, merchant = false }: RouteContract): Handler[] {
  if (!operator && !merchant) return [];
  const refusal = !merchant
    ? problems.operatorOnly
    : operator
      ? problems.merchantOrOperatorOnly
      : problems.merchantOnly;
  return [
    async (ctx, next) => {
      const roles = rolesOf(ctx);
      if (!(operator && roles.has('operator')) && !(merchant && roles.has('merchant'))) throw refusal();
      await next();
    },
  ];
}
