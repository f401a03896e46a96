import Router from '@koa/router';
import type { RouteContract } from '#contracts/http/route-contract.ts';
import type { Handler, RequestState } from '#platform/http/request-context.ts';
import { routerPath } from '#platform/http/router-path.ts';

/**
 * Forwards the routes of the API, and nothing else, to the service with their prefix. Each first passes its own handlers.
 * A request that is in no contract ends here as 404 or 405, before its identity is checked.
 */
export function forward(
  routes: readonly RouteContract[],
  before: (route: RouteContract) => readonly Handler[],
  services: Readonly<Record<string, Handler>>,
): Router<RequestState> {
  const router = new Router<RequestState>();
  for (const route of routes) {
    const [, service] = Object.entries(services).find(([prefix]) => route.path.startsWith(prefix)) ?? [];
    if (!service) throw new Error(`no service has the prefix of ${route.path}`);
    router[route.method](routerPath(route.path), ...before(route), service);
  }
  return router;
}
