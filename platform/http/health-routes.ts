import type { Health } from '../process/health.ts';
import { renderMetrics } from '../process/metrics.ts';
import type { Handler } from './request-context.ts';
import { sendJson } from './send-json.ts';

/** GET /health/live, /health/ready, /health/serving and /metrics, for everyone who can reach the port. */
export function healthRoutes(health: Health): Handler {
  return async (ctx, next) => {
    if (ctx.path === '/health/live') {
      sendJson(ctx, 200, { status: 'live' });
    } else if (ctx.path === '/health/ready') {
      const { ready, roles } = await health.report();
      sendJson(ctx, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', roles });
    } else if (ctx.path === '/health/serving') {
      const { serving, roles } = await health.report();
      sendJson(ctx, serving ? 200 : 503, { status: serving ? 'serving' : 'not serving', roles });
    } else if (ctx.path === '/metrics') {
      const { contentType, body } = await renderMetrics();
      ctx.set('Content-Type', contentType);
      ctx.body = body;
    } else {
      await next();
    }
  };
}
