import cors from '@koa/cors';
import type { Handler } from '#platform/http/request-context.ts';

/** The headers of a reply that a page may read (Fetch standard, section 3.3.6). */
const EXPOSED = [
  'ETag',
  'Location',
  'Idempotent-Replayed',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
  'traceparent',
];

/** Lets pages of these origins, and no others, call the API from a browser. The API uses no credentials of a browser. */
export function allowOrigins(origins: readonly string[]): Handler {
  return cors({
    origin: (ctx) => (origins.includes(ctx.get('Origin')) ? ctx.get('Origin') : ''),
    allowMethods: 'GET,HEAD,POST',
    exposeHeaders: EXPOSED,
    maxAge: 600,
  }) as Handler;
}
