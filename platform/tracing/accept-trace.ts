import { randomBytes } from 'node:crypto';
import type { TraceContext } from '#contracts/values/trace-context.ts';

/** W3C Trace Context, section 3.2. */
const TRACEPARENT = /^([0-9a-f]{2})-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

const SAMPLED = 1;

/**
 * The trace context that a caller sends; undefined without a traceparent or with one that is malformed, whose tracestate is
 * dropped. A traceparent of a version that does not exist yet is read as far as this version knows it.
 */
export function acceptTrace({ traceparent, tracestate }: Partial<TraceContext>): TraceContext | undefined {
  const accepted = acceptTraceparent(traceparent);
  if (accepted === undefined) return undefined;
  const state = acceptTracestate(tracestate ?? '');
  return state === '' ? { traceparent: accepted } : { traceparent: accepted, tracestate: state };
}

/** A trace that nobody records: its id is for the logs. So its sampled flag is off. */
export function newTrace(): TraceContext {
  return { traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00` };
}

function acceptTraceparent(header = ''): string | undefined {
  const [, version, ids, flags = '', more] = TRACEPARENT.exec(header) ?? [];
  if (version === undefined || version === 'ff') return undefined;
  if (version === '00') return more === undefined ? header : undefined;
  return `00-${ids}-0${Number.parseInt(flags, 16) & SAMPLED}`;
}

/** Section 3.3.1.3: `key=value`, where a key may be of a tenant. */
const MEMBER = /^[a-z0-9][a-z0-9_\-*/]{0,255}(@[a-z][a-z0-9_\-*/]{0,13})?=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const MOST_MEMBERS = 32;
/** In characters: of what has more, first the long members are left out, then the last ones (section 3.3.1.5). */
const MOST = 512;
const LONG = 128;

/** Node joins several headers with commas, in their order. One member that is malformed makes the whole unreadable. */
function acceptTracestate(header: string): string {
  const members = header.split(',').flatMap((member) => member.trim() || []);
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  const isReadable =
    members.length <= MOST_MEMBERS &&
    keys.size === members.length &&
    members.every((member) => MEMBER.test(member));
  return isReadable ? fit(members).join(',') : '';
}

function fit(members: readonly string[]): readonly string[] {
  if (members.join(',').length <= MOST) return members;
  const kept = members.filter((member) => member.length <= LONG);
  while (kept.join(',').length > MOST) kept.pop();
  return kept;
}
