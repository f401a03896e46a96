import cors from '@koa/cors';
import type { Handler } from '#platform/http/serve.ts';

/** What a page may read of a reply beside its body (Fetch standard, section 3.3.6). */
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

/** Lets pages of these origins, and of no other, call the API from a browser; without credentials, which it has none of. */
export function allowOrigins(origins: readonly string[]): Handler {
  return cors({
    origin: (ctx) => (origins.includes(ctx.get('Origin')) ? ctx.get('Origin') : ''),
    allowMethods: 'GET,HEAD,POST',
    exposeHeaders: EXPOSED,
    maxAge: 600,
  }) as Handler;
}
