import { SocketAddress } from 'node:net';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { problems } from '#contracts/http/problems.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { callerOf } from '#platform/http/identity.ts';
import type { Context, Handler } from '#platform/http/request-context.ts';

// Requests are counted in this process, so n gateways together allow up to n times as many. The limit protects the
// services behind the gateway. It is not a quota.

/**
 * What a request counts that changes something: an order costs the system many times what a page of a list costs. One
 * user's orders at 45 a second made others wait 2.4 times as long (p99, npm run bench -- choices --only greedy), at 24 1.3 times.
 */
const CHANGE = 2;

/** Limits the requests per second of one user. One that changes something counts as two. */
export function limitByUser(perSecond: number): Handler {
  return limitRate('user', perSecond, callerOf, (ctx) => (isRead(ctx) ? 1 : CHANGE));
}

const READS = new Set(['GET', 'HEAD']);

function isRead({ method, path }: Context): boolean {
  return READS.has(method) || path === ROUTES.decodePayloads.path;
}

/** Limits the requests per second from one address, whichever users they name. */
export function limitByAddress(perSecond: number): Handler {
  return limitRate('address', perSecond, ({ ip }) => networkOf(ip));
}

/**
 * An IPv4 address, or the first 64 bits of an IPv6 address: a site owns all addresses below them (RFC 6177). Some proxies
 * add the client's port to `X-Forwarded-For`, which differs with each connection. Addresses that cannot be read are
 * limited together: with one limit for each, a client would only have to vary them.
 */
export function networkOf(ip: string): string {
  const text = ipaddr.isValid(ip) ? ip : SocketAddress.parse(ip)?.address;
  if (text === undefined) return 'unreadable';
  const address = ipaddr.process(text);
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).map(toHex).join(':') : address.toString();
}

const toHex = (part: number) => part.toString(16);

function limitRate(
  policy: string,
  perSecond: number,
  keyOf: (ctx: Context) => string,
  weigh: (ctx: Context) => number = () => 1,
): Handler {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async (ctx, next) => {
    const state = await limiter.consume(keyOf(ctx), weigh(ctx)).catch((refused: unknown) => {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      return refused;
    });
    const reset = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    // draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4.
    ctx.set('RateLimit-Policy', `"${policy}";q=${perSecond};w=1`);
    ctx.set('RateLimit', `"${policy}";r=${state.remainingPoints};t=${reset}`);
    if (state.consumedPoints > perSecond) {
      throw problems.rateLimited(perSecond, reset);
    }
    await next();
  };
}
