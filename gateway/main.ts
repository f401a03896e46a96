import { z } from 'zod';
import { httpUrl, processSettings } from '#platform/config.ts';
import { createApp, sendJson, serve } from '#platform/http-server.ts';
import { runProcess } from '#platform/process.ts';
import { devIdentity } from './identity.ts';
import { proxyTo } from './proxy.ts';
import { upstreamHeaders } from './upstream-headers.ts';

const settings = processSettings.extend({
  ORDERS_URL: httpUrl,
  PAYMENTS_URL: httpUrl,
  IDENTITY: z.enum(['dev'], { error: 'must be dev' }).default('dev'),
});

await runProcess('gateway', settings, async ({ config, log, health, stack }) => {
  const app = createApp({ log, health });
  app.use(async (ctx, next) => {
    if (ctx.path === '/') sendJson(ctx, 200, { name: 'Gozon', api: ['/api/orders', '/api/payments/accounts'] });
    else if (ctx.path.startsWith('/api/')) await next();
  });
  app.use(devIdentity);
  app.use(upstreamHeaders(config.SERVICE_SECRET));
  app.use(proxyTo('/api/orders', config.ORDERS_URL));
  app.use(proxyTo('/api/payments', config.PAYMENTS_URL));
  stack.use(await serve(app, { host: config.HOST, port: config.PORT, log }));
});
