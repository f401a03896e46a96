import path from 'node:path';
import Router from '@koa/router';
import { send } from '@koa/send';
import type { DashboardSettings } from '#contracts/values/dashboard-settings.ts';
import type { Context, Handler, RequestState } from '#platform/http/serve.ts';
import { sendJson } from '#platform/http/serve.ts';

/** What tools/stack/components/build-dashboard.ts, or the image's build, has made; absent where nobody has. */
const FOLDER = path.join(import.meta.dirname, '../dashboard/dist');

/** The views that can be linked to; each is the one page, which looks at the path itself. */
const VIEWS = ['/', '/orders/:orderId', '/system'];

const ABOUT = { name: 'Gozon', documentation: '/swagger', openapi: '/openapi.json' };

const YEAR = 365 * 24 * 60 * 60 * 1000;

/** The dashboard: its page for browsers, at each of its views, and its files. Who asks for JSON at `/` is told where things are. */
export function dashboardRoutes(settings: DashboardSettings) {
  const router = new Router<RequestState>();
  router.get('/settings.json', (ctx) => {
    ctx.set('Cache-Control', 'no-cache');
    sendJson(ctx, 200, settings);
  });
  // Their names change with their content.
  router.get('/assets/:file', async (ctx, next) => {
    if (!(await sendFile(ctx, ctx.path, { maxAge: YEAR, immutable: true }))) await next();
  });
  for (const file of ['/favicon.svg', '/early-color-scheme.js']) {
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

const RESERVED = /^\/(api|swagger|gw-swagger|openapi\.json|health|metrics|assets)(\/|$)/;

/** Comes last: a person who follows a link to nowhere gets the page that says so, a program the problem. */
export const nothingHere: Handler = async (ctx, next) => {
  const mayBeView = (ctx.method === 'GET' || ctx.method === 'HEAD') && !RESERVED.test(ctx.path);
  if (mayBeView && (await sendPage(ctx))) ctx.status = 404;
  else await next();
};

/** False for those who want no HTML, and where there is no dashboard. */
async function sendPage(ctx: Context): Promise<boolean> {
  ctx.vary('Accept');
  return ctx.accepts('json', 'html') === 'html' && sendFile(ctx, '/index.html');
}

/** Compressed as the build has left it beside. False when there is no such file. */
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
