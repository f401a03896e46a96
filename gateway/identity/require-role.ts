import { problems } from '#contracts/http/problems.ts';
import { rolesOf } from '#platform/http/identity.ts';
import type { Handler } from '#platform/http/request-context.ts';

// Each runs after the identity is known.

/** Lets only operators pass. @throws Problem 403 `operator_only` */
export const requireOperator: Handler = async (ctx, next) => {
  if (!rolesOf(ctx).has('operator')) throw problems.operatorOnly();
  await next();
};

/** Lets only merchants pass. @throws Problem 403 `merchant_only` */
export const requireMerchant: Handler = async (ctx, next) => {
  if (!rolesOf(ctx).has('merchant')) throw problems.merchantOnly();
  await next();
};
