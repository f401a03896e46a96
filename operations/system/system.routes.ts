import Router from '@koa/router';
import { getSystemHistoryRoute, getSystemRoute } from '#contracts/http/system-api.ts';
import { requireUser } from '#platform/http/request-input.ts';
import { bindRoute } from '#platform/http/route.ts';
import type { RequestState } from '#platform/http/serve.ts';
import { getSystem } from './get-system.ts';
import type { SystemParts } from './get-system.ts';
import type { Readings } from './readings.ts';

/** Over how many seconds the flow of orders is counted that `GET /api/system` tells. */
const WINDOW = 60;

/** What an operator sees. Whether the caller is one, the gateway has established. */
export function systemRoutes(parts: SystemParts, readings: Readings) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  bindRoute(router, getSystemRoute, async () => ({ body: await getSystem(parts, WINDOW) }));
  bindRoute(router, getSystemHistoryRoute, async ({ query }) => ({
    body: { readings: readings.after(query.after) },
  }));
  return router;
}
