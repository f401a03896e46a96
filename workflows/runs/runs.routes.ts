import Router from '@koa/router';
import { getRunsRoute } from '#contracts/http/runs-api.ts';
import { requireUser } from '#platform/http/identity.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import type { GetRuns } from './get-runs.ts';

/** For orders, which has seen whose order it is. */
export function runsRoutes(readRuns: GetRuns) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  bindRoute(router, getRunsRoute, async ({ params }) => ({ body: { runs: await readRuns(params.orderId) } }));
  return router;
}
