import type { RouteContract } from '#contracts/http/route-contract.ts';

/** In ms; a service's own deadlines are longer, but a timeline that lacks a part is better than one that is late. */
const DEADLINE = 2_000;

/** Asks another service what it knows of one order of a user. */
export type ServiceClient<Reply> = (order: {
  orderId: string;
  userId: string;
  traceparent: string;
  requestId: string;
}) => Promise<Reply>;

/** @throws when the service is away, too slow or refuses */
export function createServiceClient<Reply>(
  { path }: RouteContract,
  options: { url: string; serviceSecret: string },
): ServiceClient<Reply> {
  return async ({ orderId, userId, traceparent, requestId }) => {
    const url = new URL(path.replace('{orderId}', orderId), options.url);
    const reply = await fetch(url, {
      headers: {
        'X-Service-Secret': options.serviceSecret,
        'X-User-Id': userId,
        'X-Request-Id': requestId,
        traceparent,
      },
      signal: AbortSignal.timeout(DEADLINE),
    });
    if (!reply.ok) throw new Error(`${path} was answered ${reply.status}`);
    return (await reply.json()) as Reply;
  };
}
