import Router from '@koa/router';
import { getDecisionRoute } from '#contracts/http/decisions-api.ts';
import { requireUser } from '#platform/http/identity.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import type { Database } from '../schema.ts';
import { getDecision } from './get-decision.ts';

/** What other services ask payments; the gateway does not forward it. */
export function decisionsRoutes({ db }: { db: Database }) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  bindRoute(router, getDecisionRoute, async ({ caller, params }) => ({
    body: await getDecision(db, caller, params.orderId),
  }));
  return router;
}
