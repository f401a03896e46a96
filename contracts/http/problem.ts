import { z } from 'zod';

/**
 * Every error code of the API with its HTTP status and title: the one list that code, tests and docs share.
 * Bodies are application/problem+json (RFC 9457).
 */
export const PROBLEMS = {
  malformed_request: { status: 400, title: 'The request is not HTTP' },
  malformed_json: { status: 400, title: 'The body is not JSON' },
  invalid_parameter: { status: 400, title: 'A path, query or header parameter is not valid' },
  missing_identity: { status: 401, title: 'The request does not say who you are' },
  forbidden: { status: 403, title: 'That belongs to another user' },
  operator_only: { status: 403, title: 'That is for operators' },
  not_found: { status: 404, title: 'There is no such route' },
  order_not_found: { status: 404, title: 'You have no such order' },
  account_not_found: { status: 404, title: 'There is no account' },
  method_not_allowed: { status: 405, title: 'This route does not take that method' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  order_not_cancellable: { status: 409, title: 'The order can no longer be cancelled' },
  account_exists: { status: 409, title: 'The user already has an account' },
  idempotency_key_in_flight: { status: 409, title: 'A request with this key is being worked on' },
  stack_busy: { status: 409, title: 'That cannot be done to the stack now' },
  events_purged: { status: 410, title: 'Those changes are no longer kept' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  invalid_body: { status: 422, title: 'The body is not valid' },
  idempotency_key_reused: { status: 422, title: 'This key was used for a different request' },
  currency_not_supported: { status: 422, title: 'This shop works in another currency' },
  balance_limit_exceeded: { status: 422, title: 'The balance would pass its limit' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'A part of the system is away' },
  upstream_timeout: { status: 504, title: 'A part of the system was too slow' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What a client receives for any error (RFC 9457). */
export const problemBody = z
  .object({
    type: z.string().meta({ example: 'urn:gozon:problem:order_not_found' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode]).meta({ description: 'Stable; decide by this.' }),
    detail: z.string().meta({ description: 'For a person: what was wrong and what to do.' }),
    requestId: z.string(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each field that is wrong.' }),
  })
  .meta({ id: 'Problem' });

export type ProblemBody = z.output<typeof problemBody>;
