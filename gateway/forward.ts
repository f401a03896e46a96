import Router from '@koa/router';
import type { RouteContract } from '#contracts/http/route.ts';
import type { Handler, RequestState } from '#platform/http/serve.ts';

/**
 * Forwards the routes of the API, and nothing else, to the service whose prefix they have, through what comes before each.
 * What is not in a contract ends here, as 404 or 405, before anyone is asked who he is.
 */
export function forward(
  routes: readonly RouteContract[],
  before: (route: RouteContract) => readonly Handler[],
  services: Readonly<Record<string, Handler>>,
): Router<RequestState> {
  const router = new Router<RequestState>();
  for (const route of routes) {
    const [, service] = Object.entries(services).find(([prefix]) => route.path.startsWith(prefix)) ?? [];
    if (!service) throw new Error(`no service answers ${route.path}`);
    router[route.method](route.path.replaceAll(/\{(\w+)\}/g, ':$1'), ...before(route), service);
  }
  return router;
}
