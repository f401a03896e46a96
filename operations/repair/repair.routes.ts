import Router from '@koa/router';
import {
  listDeadLettersRoute,
  reconcileRoute,
  redriveRoute,
  restoreOrderRoute,
  skipDeadLettersRoute,
} from '#contracts/http/repair-api.ts';
import { requireUser } from '#platform/http/identity.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import type { ReconcileOptions } from '../reconcile/reconcile-page.ts';
import { listDeadLetters, skipDeadLetters } from './dead-letters.ts';
import { reconcileForOperator } from './reconcile-for-operator.ts';
import { redrive } from './redrive.ts';
import type { RedriveOptions } from './redrive.ts';
import { restoreOrder } from './restore-order.ts';

/** The operator's commands: redrive, dead letters, reconcile, and putting an order back. The gateway has checked that the caller is an operator. */
export function repairRoutes(options: ReconcileOptions & RedriveOptions) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  bindRoute(router, redriveRoute, async ({ body, caller }) => ({
    body: await redrive(options, { ...body, actor: caller }),
  }));
  bindRoute(router, listDeadLettersRoute, async () => ({ body: await listDeadLetters(options) }));
  bindRoute(router, skipDeadLettersRoute, async ({ body, caller }) => ({
    body: await skipDeadLetters(options, { ...body, actor: caller }),
  }));
  bindRoute(router, reconcileRoute, async ({ body, caller }) => ({
    body: await reconcileForOperator(options, body, caller),
  }));
  bindRoute(router, restoreOrderRoute, async ({ body: { orderId, ...because }, caller }) => ({
    body: { restored: await restoreOrder(options, orderId, { ...because, actor: caller }) },
  }));
  return router;
}
