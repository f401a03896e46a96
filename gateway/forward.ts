import Router from '@koa/router';
import type { RouteContract } from '#contracts/route.ts';
import type { Handler, RequestState } from '#platform/http-server.ts';

/**
 * Forwards the routes of the API, and nothing else, to the service whose prefix they have. What is not in a contract ends
 * here, as 404 or 405, before anyone is asked who he is.
 */
export function forward(
  routes: readonly RouteContract[],
  before: readonly Handler[],
  services: Readonly<Record<string, Handler>>,
): Router<RequestState> {
  const router = new Router<RequestState>();
  for (const { method, path } of routes) {
    const [, service] = Object.entries(services).find(([prefix]) => path.startsWith(prefix)) ?? [];
    if (!service) throw new Error(`no service answers ${path}`);
    router[method](path.replaceAll(/\{(\w+)\}/g, ':$1'), ...before, service);
  }
  return router;
}
