import helmet from 'koa-helmet';
import { api } from '#contracts/http/api.ts';
import { stackApi } from '#contracts/http/stack-api.ts';
import { createApp, serve, listenOptions } from '#platform/http/serve.ts';
import { runProcess } from '#platform/process/run-process.ts';
import { allowOrigins } from './allow-origins.ts';
import { dashboardRoutes, nothingHere } from './dashboard.routes.ts';
import { devIdentity } from './dev-identity.ts';
import { docsRoutes } from './docs.routes.ts';
import { forward } from './forward.ts';
import { jwtIdentity } from './jwt-identity.ts';
import { limitByAddress, limitByUser } from './limit-rate.ts';
import { writeOpenApi } from './openapi/write-openapi.ts';
import { proxyTo } from './proxy.ts';
import { requireOperator } from './require-operator.ts';
import { CONTENT_SECURITY_POLICY } from './security.ts';
import { gatewaySettings, jwtSettings } from './settings.ts';
import { upstreamHeaders } from './upstream-headers.ts';

const VERSION = '0.1.0';

await runProcess('gateway', gatewaySettings, async ({ config, log, health, stack, signal }) => {
  const app = createApp({ log, health });
  app.proxy = config.TRUSTED_PROXIES > 0;
  app.maxIpsCount = config.TRUSTED_PROXIES;
  app.use(helmet({ contentSecurityPolicy: CONTENT_SECURITY_POLICY, strictTransportSecurity: false }));
  app.use(allowOrigins(config.CORS_ORIGINS));
  const jwt = jwtSettings(config);
  if (jwt) app.use(limitByAddress(config.RATE_LIMIT_PER_ADDRESS));

  const controls = config.STACK_URL;
  const routed = controls === undefined ? api : [...api, ...stackApi];
  const docs = docsRoutes(
    writeOpenApi(routed, { version: VERSION, identity: config.IDENTITY, currency: config.CURRENCY }),
  );
  const dashboard = dashboardRoutes({
    identity: config.IDENTITY,
    currency: config.CURRENCY,
    temporal:
      config.TEMPORAL_UI_URL === undefined
        ? null
        : { url: config.TEMPORAL_UI_URL, namespace: config.TEMPORAL_NAMESPACE },
    controls: controls !== undefined,
    version: VERSION,
  });
  app.use(dashboard.routes()).use(dashboard.allowedMethods());
  app.use(docs.routes()).use(docs.allowedMethods());

  const checks = [jwt ? jwtIdentity(jwt) : devIdentity, limitByUser(config.RATE_LIMIT_PER_USER)];
  const upstream = upstreamHeaders(config.SERVICE_SECRET);
  const routes = forward(
    routed,
    ({ operator }) => [...checks, ...(operator ? [requireOperator] : []), upstream],
    {
      '/api/orders': proxyTo('/api/orders', config.ORDERS_URL),
      '/api/payments': proxyTo('/api/payments', config.PAYMENTS_URL),
      '/api/system': proxyTo('/api/system', config.WORKFLOWS_URL),
      ...(controls !== undefined && { '/api/stack': proxyTo('/api/stack', controls) }),
    },
  );
  app.use(routes.routes()).use(routes.allowedMethods());
  app.use(nothingHere);
  stack.use(await serve(app, { ...listenOptions(config), log, signal }));
});
