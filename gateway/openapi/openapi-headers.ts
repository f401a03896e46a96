import type { z } from 'zod';
import type { ZodOpenApiHeaderObject } from 'zod-openapi';

type Headers = Record<string, Exclude<ZodOpenApiHeaderObject, z.core.$ZodType>>;

/** Headers that a reply of any route may have, beside the route's own. */
export const COMMON_HEADERS = {
  'X-Request-Id': 'Yours, or a new one. It finds the request in our logs.',
  traceparent: 'The trace that the request belongs to (W3C Trace Context).',
  RateLimit:
    'How many requests you have left, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).',
  'RateLimit-Policy': 'How many requests per second are allowed.',
  'Retry-After': 'Repeat the request after this number of seconds.',
  'WWW-Authenticate': 'The required authentication scheme (RFC 6750), if this gateway requires tokens.',
};

const referTo = (...names: (keyof typeof COMMON_HEADERS)[]): Headers =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

export const ON_EVERY_REPLY = referTo('X-Request-Id', 'traceparent', 'RateLimit', 'RateLimit-Policy');

const BY_STATUS: Readonly<Record<number, Headers>> = {
  401: referTo('WWW-Authenticate'),
  409: referTo('Retry-After'),
  429: referTo('RateLimit', 'RateLimit-Policy', 'Retry-After'),
  503: referTo('Retry-After'),
};

/** Headers of a refusal with this status. */
export function problemHeaders(status: number): Headers {
  return { ...referTo('X-Request-Id'), ...BY_STATUS[status] };
}

export function describeHeaders(headers: Readonly<Record<string, string>>): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}
