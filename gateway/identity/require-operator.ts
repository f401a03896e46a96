import { problems } from '#contracts/http/problems.ts';
import type { Handler } from '#platform/http/request-context.ts';

/** Lets only operators pass. It runs after the identity is known. @throws Problem 403 `operator_only` */
export const requireOperator: Handler = async (ctx, next) => {
  if (!ctx.state.operator) throw problems.operatorOnly();
  await next();
};
