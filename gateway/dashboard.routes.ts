import path from 'node:path';
import Router from '@koa/router';
import { send } from '@koa/send';
import type { DashboardSettings } from '#contracts/values/dashboard-settings.ts';
import type { Context, Handler, RequestState } from '#platform/http/request-context.ts';
import { sendJson } from '#platform/http/send-json.ts';

/** Built by tools/stack/components/build-dashboard.ts or with the image. It may be absent. */
const FOLDER = path.join(import.meta.dirname, '../dashboard/dist');

/** The views that have a link. Each is the same page, whose script reads the path. */
const VIEWS = ['/', '/orders/:orderId', '/system'];

const ABOUT = {
  name: 'Gozon',
  documentation: '/swagger',
  openapi: '/openapi.json',
  asyncapi: '/asyncapi.json',
};

const YEAR = 365 * 24 * 60 * 60 * 1000;

/** The dashboard's page and files, for browsers. A client that asks for JSON at `/` gets links to the documentation. */
export function dashboardRoutes(settings: DashboardSettings) {
  const router = new Router<RequestState>();
  router.get('/settings.json', (ctx) => {
    ctx.set('Cache-Control', 'no-cache');
    sendJson(ctx, 200, settings);
  });
  // A file's name changes with its content.
  router.get('/assets/:file', async (ctx, next) => {
    if (!(await sendFile(ctx, ctx.path, { maxAge: YEAR, immutable: true }))) await next();
  });
  for (const file of ['/favicon.svg', '/early-color-scheme.js', '/early-failure.js', '/licenses.md']) {
    router.get(file, async (ctx, next) => {
      if (!(await sendFile(ctx, file))) await next();
    });
  }
  router.get(VIEWS, async (ctx, next) => {
    if (await sendPage(ctx)) return;
    if (ctx.path === '/') sendJson(ctx, 200, ABOUT);
    else await next();
  });
  return router;
}

const RESERVED = /^\/(api|swagger|gw-swagger|openapi\.json|asyncapi\.json|health|metrics|assets)(\/|$)/;

/** The fallback, after all routes: a browser gets the dashboard's not-found page, an API client a 404 problem. */
export const notFoundPage: Handler = async (ctx, next) => {
  const couldBeView = (ctx.method === 'GET' || ctx.method === 'HEAD') && !RESERVED.test(ctx.path);
  if (couldBeView && (await sendPage(ctx))) ctx.status = 404;
  else await next();
};

/** @returns false for a client that does not want HTML, and where there is no dashboard */
async function sendPage(ctx: Context): Promise<boolean> {
  ctx.vary('Accept');
  return ctx.accepts('json', 'html') === 'html' && sendFile(ctx, '/index.html');
}

/** Sends a file, compressed if the build has left a compressed copy. @returns false when there is no such file */
async function sendFile(
  ctx: Context,
  file: string,
  options: { maxAge?: number; immutable?: boolean } = {},
): Promise<boolean> {
  ctx.vary('Accept-Encoding');
  try {
    await send(ctx, file, { root: FOLDER, ...options });
    return true;
  } catch (error) {
    if ((error as { status?: number }).status === 500) throw error;
    return false;
  }
}
