import { createFairLimit } from '@gozon/timing';
import Router from '@koa/router';
import { problems } from '#contracts/http/problems.ts';
import { getRunsRoute } from '#contracts/http/runs-api.ts';
import { cancelWorkflowId, paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { requireUser } from '#platform/http/identity.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import type { GetRuns } from './get-runs.ts';

/** In ms; orders waits no longer than that. */
const TIMEOUT = 2_000;

/** For orders, which has seen whose order it is. Two at a time ask Temporal, so that the relay and the worker come first. */
export function runsRoutes(readRuns: GetRuns) {
  const limit = createFairLimit({ most: 2, each: 1 });
  const router = new Router<RequestState>();
  router.use(requireUser);
  bindRoute(router, getRunsRoute, async ({ caller, params, query }) => {
    const { workflowIds = [paymentWorkflowId(params.orderId), cancelWorkflowId(params.orderId)] } = query;
    const runs = await limit.run(caller, async () => readRuns(workflowIds), AbortSignal.timeout(TIMEOUT));
    if (!runs) throw problems.tooManyRequests();
    return { body: { runs } };
  });
  return router;
}
