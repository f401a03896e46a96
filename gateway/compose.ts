import { createPublicKey } from 'node:crypto';
import helmet from 'koa-helmet';
import type { z } from 'zod';
import { api } from '#contracts/http/api.ts';
import { codecApi } from '#contracts/http/codec-api.ts';
import { isStreamed } from '#contracts/http/route-contract.ts';
import type { RouteContract } from '#contracts/http/route-contract.ts';
import { stackApi } from '#contracts/http/stack-api.ts';
import { KEEP_ALIVE } from '#contracts/values/deadlines.ts';
import { limitReplies } from '#platform/http/limits/limit-replies.ts';
import { limitStreams } from '#platform/http/limits/limit-streams.ts';
import { createApp, listenOptions, serve } from '#platform/http/serve.ts';
import { capacity } from '#platform/process/capacity.ts';
import type { ProcessContext } from '#platform/process/run-process.ts';
import { VERSION } from '#platform/process/version.ts';
import { allowOrigins } from './allow-origins.ts';
import { writeAsyncApi } from './asyncapi/write-asyncapi.ts';
import { dashboardRoutes, notFoundPage } from './dashboard.routes.ts';
import { docsRoutes } from './docs.routes.ts';
import { forward } from './forward.ts';
import { allowHosts } from './identity/allow-hosts.ts';
import { devIdentity, devIdentityOfAnyone } from './identity/dev-identity.ts';
import { followIssuerKeys } from './identity/follow-issuer-keys.ts';
import { jwtIdentity } from './identity/jwt-identity.ts';
import type { JwtSettings } from './identity/jwt-identity.ts';
import { requireRoleOf } from './identity/require-role.ts';
import { limitByAddress, limitByUser } from './limit-rate.ts';
import { writeOpenApi } from './openapi/write-openapi.ts';
import { proxyTo } from './proxy.ts';
import { CONTENT_SECURITY_POLICY } from './security.ts';
import type { gatewaySettings } from './settings.ts';
import { upstreamHeaders } from './upstream-headers.ts';

type GatewayContext = ProcessContext<z.output<typeof gatewaySettings>>;

/** Serves the dashboard, the documentation and the API, whose routes it forwards to the services. */
export async function composeGateway(context: GatewayContext): Promise<void> {
  const { config, log, health, stack, signal } = context;
  const app = createApp({ log, health });
  app.proxy = config.TRUSTED_PROXIES > 0;
  app.maxIpsCount = config.TRUSTED_PROXIES;
  app.use(helmet({ contentSecurityPolicy: CONTENT_SECURITY_POLICY, strictTransportSecurity: false }));
  if (config.IDENTITY === 'dev') app.use(allowHosts(config.ALLOWED_HOSTS));
  app.use(allowOrigins(config.CORS_ORIGINS));
  const jwt = config.IDENTITY === 'jwt';
  if (jwt) app.use(limitByAddress(config.RATE_LIMIT_PER_ADDRESS));

  const controls = config.STACK_URL;
  const routes = [
    ...api,
    ...(config.PAYLOAD_DECODING ? codecApi : []),
    ...(controls === undefined ? [] : stackApi),
  ];
  const { IDENTITY, CURRENCY: currency, TEMPORAL_UI_URL: temporalUi } = config;
  const dashboard = dashboardRoutes({
    identity: IDENTITY,
    currency,
    temporal: temporalUi === undefined ? null : { url: temporalUi, namespace: config.TEMPORAL_NAMESPACE },
    traceUrl: config.TRACE_URL_TEMPLATE ?? null,
    controls: controls !== undefined,
    version: VERSION,
  });
  const docs = docsRoutes({
    openApi: writeOpenApi(routes, { version: VERSION, identity: IDENTITY, currency }),
    asyncApi: writeAsyncApi({ version: VERSION, currency }),
  });

  const identity = jwt ? jwtIdentity(tokenSettings(context)) : devIdentity;
  const identityOf = (route: RouteContract) =>
    route.withoutUserInDev && !jwt ? devIdentityOfAnyone : identity;
  const limit = limitByUser(config.RATE_LIMIT_PER_USER);
  const streams = limitStreams({ signal });
  const upstream = upstreamHeaders(config.SERVICE_SECRET);
  /** Each of three services has one, so that a slow one does not take the others' room. */
  const share = { most: Math.floor(capacity() / 3) };
  const forwarded = forward(
    routes,
    (route) => [
      identityOf(route),
      limit,
      ...requireRoleOf(route),
      ...(isStreamed(route) ? [streams] : []),
      upstream,
    ],
    {
      // Before what they begin with.
      ...Object.fromEntries(
        ['/api/system/orders', '/api/system/actions'].map((path) => [
          path,
          proxyTo(path, config.ORDERS_URL, share),
        ]),
      ),
      '/api/system/settled-orders.csv': proxyTo('/api/system/settled-orders.csv', config.PAYMENTS_URL, share),
      '/api/orders': proxyTo('/api/orders', config.ORDERS_URL, share),
      '/api/payments': proxyTo('/api/payments', config.PAYMENTS_URL, share),
      '/api/system': proxyTo('/api/system', config.WORKFLOWS_URL, share),
      '/api/temporal': proxyTo('/api/temporal', config.WORKFLOWS_URL, share),
      ...(controls !== undefined && { '/api/stack': proxyTo('/api/stack', controls) }),
    },
  );
  app.use(forwarded.routes()).use(forwarded.allowedMethods());
  // All that follows are files.
  app.use(limitReplies());
  for (const router of [dashboard, docs]) app.use(router.routes()).use(router.allowedMethods());
  app.use(notFoundPage);
  stack.use(await serve(app, { ...listenOptions(config), log, signal, keepAlive: KEEP_ALIVE.edge }));
}

function tokenSettings({ config, log, health, stack }: GatewayContext): JwtSettings {
  const { JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '', JWT_ALGORITHMS: algorithms } = config;
  const { JWT_TYPE: type, JWT_PUBLIC_KEY: pem, JWKS_URL: url = '', JWKS_KEEP_SECONDS: keep } = config;
  const keyOf = () => {
    if (pem === undefined) return stack.use(followIssuerKeys({ url, keep: keep * 1_000, health, log })).keyOf;
    const key = createPublicKey(pem);
    return async () => key;
  };
  return { issuer, audience, algorithms, type, keyOf: keyOf() };
}
