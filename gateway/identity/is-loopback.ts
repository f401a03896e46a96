import ipaddr from 'ipaddr.js';

/** Whether a host, as `URL.hostname` has it, is this machine. */
export function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValid(address)) return ipaddr.process(address).range() === 'loopback';
  // RFC 6761, section 6.3: no name server is asked for these.
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}
