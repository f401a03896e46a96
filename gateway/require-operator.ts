import { Problem } from '#platform/http/problem.ts';
import type { Handler } from '#platform/http/serve.ts';

/** Lets operators through, as identity has found them. @throws Problem 403 `operator_only` */
export const requireOperator: Handler = async (ctx, next) => {
  if (!ctx.state.operator) {
    throw new Problem('operator_only', { detail: 'Your token needs "operator" among its roles.' });
  }
  await next();
};
