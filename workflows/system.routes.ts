import Router from '@koa/router';
import { getSystemRoute, redriveRoute } from '#contracts/system-api.ts';
import type { RequestState } from '#platform/http-server.ts';
import { requireUser } from '#platform/request-input.ts';
import { implement } from '#platform/route.ts';
import { readSystem } from './read-system.ts';
import type { SystemParts } from './read-system.ts';
import { redrive } from './redrive.ts';

/** The operator's API. Whether the caller is one, the gateway has established. */
export function systemRoutes(parts: SystemParts) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  implement(router, getSystemRoute, async () => ({ body: await readSystem(parts) }));
  implement(router, redriveRoute, async () => ({
    body: { rows: await redrive(parts.ordersDb, parts.bell) },
  }));
  return router;
}
