import type { RouteContract } from '#contracts/http/route-contract.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { inClientSpan, noteStatus } from '#platform/http/client-span.ts';

/** In ms. A service's own deadlines are longer, but an incomplete timeline is better than a late one. */
const DEADLINE = 2_000;

/** Asks another service about one order of a user. */
export type ServiceClient<Reply> = (
  order: TraceContext & { orderId: string; userId: string; requestId: string },
  query?: Readonly<Record<string, string>>,
) => Promise<Reply>;

/** @throws Error when the service is unreachable, too slow or refuses */
export function createServiceClient<Reply>(
  { path }: RouteContract,
  options: { url: string; serviceSecret: string },
): ServiceClient<Reply> {
  return async ({ orderId, userId, requestId, ...trace }, query = {}) => {
    const url = new URL(path.replace('{orderId}', orderId), options.url);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return inClientSpan(
      () => ({ method: 'GET', template: path, url }),
      trace,
      async (traceHeaders, span) => {
        const reply = await fetch(url, {
          headers: {
            'X-Service-Secret': options.serviceSecret,
            'X-User-Id': userId,
            'X-Request-Id': requestId,
            ...traceHeaders,
          },
          signal: AbortSignal.timeout(DEADLINE),
        });
        noteStatus(span, reply.status);
        if (!reply.ok) throw new Error(`${path} answered with status ${reply.status}`);
        return (await reply.json()) as Reply;
      },
    );
  };
}
