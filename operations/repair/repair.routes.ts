import Router from '@koa/router';
import { reconcileRoute, redriveRoute } from '#contracts/http/repair-api.ts';
import { beforeAllSince, FIRST_ID } from '#contracts/values/ids.ts';
import { requireUser } from '#platform/http/identity.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import { reconcilePage } from '../reconcile/reconcile-page.ts';
import type { ReconcileOptions } from '../reconcile/reconcile-page.ts';
import { redrive } from './redrive.ts';
import type { RedriveOptions } from './redrive.ts';

/** The operator's commands: redrive and reconcile. The gateway has checked that the caller is an operator. */
export function repairRoutes(options: ReconcileOptions & RedriveOptions) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  bindRoute(router, redriveRoute, async ({ body }) => ({ body: await redrive(options, body) }));
  bindRoute(router, reconcileRoute, async ({ body: { since, cursor, dryRun } }) => {
    const first = since === undefined ? FIRST_ID : beforeAllSince(new Date(since));
    const { next, ...report } = await reconcilePage(options, { after: cursor ?? first, dryRun });
    return { body: { ...report, findings: [...report.findings], nextCursor: next } };
  });
  return router;
}
