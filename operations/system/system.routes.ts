import Router from '@koa/router';
import { getSystemHistoryRoute, getSystemRoute } from '#contracts/http/system-api.ts';
import { requireUser } from '#platform/http/identity.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import { getSystem } from './get-system.ts';
import type { SystemOptions } from './get-system.ts';
import type { Readings } from './readings.ts';

/** Over how many seconds `GET /api/system` counts the flow of orders. */
const WINDOW = 60;

/** The operator's view of the system. The gateway has checked that the caller is an operator. */
export function systemRoutes(options: SystemOptions, readings: Readings) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  bindRoute(router, getSystemRoute, async () => ({ body: await getSystem(options, WINDOW) }));
  bindRoute(router, getSystemHistoryRoute, async ({ query }) => ({
    body: { readings: readings.after(query.after) },
  }));
  return router;
}
