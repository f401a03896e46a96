import { z } from 'zod';

/**
 * Every error code of the API with its HTTP status and title, for code, tests and docs. Bodies are
 * application/problem+json (RFC 9457).
 */
export const PROBLEM_CODES = {
  malformed_request: { status: 400, title: 'The request is not valid HTTP' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  invalid_parameter: { status: 400, title: 'A path, query or header parameter is not valid' },
  missing_identity: { status: 401, title: 'The request is not authenticated' },
  forbidden: { status: 403, title: 'The userId is not your own' },
  merchant_only: { status: 403, title: 'Only merchants may do this' },
  operator_only: { status: 403, title: 'Only operators may do this' },
  not_found: { status: 404, title: 'There is no such route' },
  order_not_found: { status: 404, title: 'You have no such order' },
  account_not_found: { status: 404, title: 'You have no account' },
  method_not_allowed: { status: 405, title: 'The route does not support this method' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  order_not_cancellable: { status: 409, title: 'The order can no longer be cancelled' },
  order_not_capturable: { status: 409, title: 'The order cannot be captured' },
  order_not_refundable: { status: 409, title: 'The order cannot be refunded' },
  account_exists: { status: 409, title: 'The user already has an account' },
  idempotency_key_in_flight: { status: 409, title: 'A request with this key is in progress' },
  stack_busy: { status: 409, title: 'The stack cannot do this now' },
  events_purged: { status: 410, title: 'These events are no longer kept' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  host_not_allowed: { status: 421, title: 'The gateway does not serve this host name' },
  invalid_body: { status: 422, title: 'The body is not valid' },
  idempotency_key_reused: { status: 422, title: 'This key was used for a different request' },
  currency_not_supported: { status: 422, title: 'The shop uses another currency' },
  capture_exceeds_hold: { status: 422, title: 'More than is held cannot be captured' },
  refund_exceeds_captured: { status: 422, title: 'More than is left of the payment cannot be refunded' },
  balance_limit_exceeded: { status: 422, title: 'The balance would exceed its limit' },
  rate_limited: { status: 429, title: 'Too many requests' },
  too_many_undecided_orders: { status: 429, title: 'Too many of your orders are undecided' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'A part of the system is unavailable' },
  upstream_timeout: { status: 504, title: 'A part of the system did not answer in time' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEM_CODES;

const fieldError = z.object({ field: z.string(), message: z.string() });

/** What is wrong with one field of a request: `amount`, `must be at least 1`. */
export type FieldError = z.output<typeof fieldError>;

/** What a client receives for any error (RFC 9457). */
export const problemBody = z
  .object({
    type: z.string().meta({ example: 'urn:gozon:problem:order_not_found' }),
    title: z.string(),
    status: z.int(),
    code: z
      .enum(Object.keys(PROBLEM_CODES) as [ProblemCode])
      .meta({ description: 'Stable: decide by this.' }),
    detail: z.string().meta({ description: 'For a person: what was wrong and what to do.' }),
    requestId: z.string(),
    errors: z.array(fieldError).optional().meta({ description: 'Every field that is wrong.' }),
  })
  .meta({ id: 'Problem' });

export type ProblemBody = z.output<typeof problemBody>;
