import { createRequire } from 'node:module';
import path from 'node:path';
import Router from '@koa/router';
import { send } from '@koa/send';
import helmet from 'koa-helmet';
import type { RequestState } from '#platform/http/request-context.ts';
import { sendJson } from '#platform/http/send-json.ts';
import { SWAGGER_SECURITY_POLICY } from './security.ts';

const SWAGGER_UI = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** Replaces Swagger UI's own page, which has an inline script that our Content-Security-Policy refuses. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Gozon API</title>
  <link rel="stylesheet" href="/swagger/swagger-ui.css">
  <link rel="icon" href="/swagger/favicon-32x32.png">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="/swagger/swagger-ui-bundle.js"></script>
  <script src="/swagger/init.js"></script>
</body>
</html>
`;

// The default validatorUrl would send the document to a validator on the internet.
const INIT = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  validatorUrl: null,
  persistAuthorization: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
});
`;

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/**
 * The documentation: one OpenAPI document for all services, one AsyncAPI document for all topics, and one Swagger UI that
 * loads nothing from other hosts.
 */
export function docsRoutes({ openApi, asyncApi }: { readonly openApi: object; readonly asyncApi: object }) {
  const router = new Router<RequestState>();
  router.get('/openapi.json', (ctx) => sendJson(ctx, 200, openApi));
  router.get('/asyncapi.json', (ctx) => sendJson(ctx, 200, asyncApi));
  router.get('/gw-swagger', (ctx) => ctx.redirect('/swagger'));
  router.use('/swagger', helmet.contentSecurityPolicy(SWAGGER_SECURITY_POLICY));
  router.get('/swagger', (ctx) => {
    ctx.type = 'html';
    ctx.body = PAGE;
  });
  router.get('/swagger/init.js', (ctx) => {
    ctx.type = 'text/javascript';
    ctx.body = INIT;
  });
  for (const file of FILES) {
    router.get(`/swagger/${file}`, async (ctx) => {
      await send(ctx, file, { root: SWAGGER_UI, maxage: 3_600_000 });
    });
  }
  return router;
}
