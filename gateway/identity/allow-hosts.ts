import ipaddr from 'ipaddr.js';
import { problems } from '#contracts/http/problems.ts';
import type { Handler } from '#platform/http/request-context.ts';
import { isLoopback } from './is-loopback.ts';

/**
 * Refuses a request whose Host is a name that is not ours. A web page can have its own name resolved to this machine (DNS
 * rebinding). Its requests are then of one origin with the gateway, and the dev identity would believe them.
 */
export function allowHosts(names: readonly string[]): Handler {
  return async (ctx, next) => {
    // HTTP/1.0 has none, and no browser sends that.
    const { host } = ctx.req.headers;
    if (host !== undefined && !isAllowed(host, names)) throw problems.hostNotAllowed();
    await next();
  };
}

function isAllowed(host: string, names: readonly string[]): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const name = new URL(`http://${host}`).hostname.replace(/\.$/, '');
  // A rebound name is a name: a page cannot make the browser send another address than the one of its URL.
  return isLoopback(name) || ipaddr.isValid(name.replace(/^\[(.*)\]$/, '$1')) || names.includes(name);
}
