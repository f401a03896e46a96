import { MAX_BALANCE } from '../values/money/money.ts';
import type { OrderStatus } from '../values/order-status.ts';
import { REQUEST_BOUNDS } from '../values/request-bounds.ts';
import type { FieldError } from './problem-codes.ts';
import { Problem } from './problem.ts';

const OUTCOME_UNKNOWN =
  'The request may or may not have been carried out: repeat it with the same Idempotency-Key.';

/** The header of a reply by which the gateway knows that its own secret was refused. */
export const SECRET_REFUSED = 'x-service-secret-refused';

/** Why an order cannot be captured; `request_capture()` of orders names one of them. */
export const NOT_CAPTURABLE = {
  automatic: 'The order is paid without a capture. Only one with captureMethod manual can be captured.',
  created: 'The order is not authorized yet. Wait until it is.',
  captured: 'The order was captured before. An order can be captured once.',
  cancelled: 'The order is cancelled, and what was held is released.',
  expired: 'The hold has ended, and what was held is released.',
  failed: 'The payment was declined, so nothing is held.',
} as const;

export type NotCapturable = keyof typeof NOT_CAPTURABLE;

/** The state of an order that cannot be cancelled, or refunded. */
export type NotCancellable = OrderStatus | 'being captured' | 'being refunded';
export type NotRefundable = OrderStatus | 'being refunded';

interface UnavailableOptions {
  /** After how many seconds the client should repeat the request. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/**
 * Each refusal of the API, in the words that a client reads. The services throw them, and the OpenAPI document shows
 * them.
 */
export const problems = {
  malformedRequest: (detail = 'The request is not valid HTTP/1.1: its framing or a header is wrong.') =>
    new Problem('malformed_request', { detail }),
  malformedJson: (detail = 'The body is not valid JSON.', cause?: unknown) =>
    new Problem('malformed_json', { detail, cause }),
  invalidParameter: (errors: readonly FieldError[]) => invalidFields('invalid_parameter', errors),
  missingIdentity: (detail = 'Send X-User-Id with the UUID of a user.') =>
    new Problem('missing_identity', { detail }),
  invalidToken: (detail: string) =>
    new Problem('missing_identity', { detail, headers: { 'WWW-Authenticate': 'Bearer' } }),
  hostNotAllowed: () =>
    new Problem('host_not_allowed', {
      detail:
        'With IDENTITY=dev the gateway serves addresses, localhost, and the host names in its setting ALLOWED_HOSTS.',
    }),
  forbidden: () => invalidFields('forbidden', [{ field: 'userId', message: 'must be your own' }]),
  merchantOnly: () =>
    new Problem('merchant_only', { detail: 'Your token needs "merchant" among its roles.' }),
  merchantOrOperatorOnly: () =>
    new Problem('merchant_only', { detail: 'Your token needs "merchant" or "operator" among its roles.' }),
  operatorOnly: () =>
    new Problem('operator_only', { detail: 'Your token needs "operator" among its roles.' }),
  notFound: (path: string) => new Problem('not_found', { detail: `There is no route ${path}.` }),
  orderNotFound: () => new Problem('order_not_found', { detail: 'You have no such order.' }),
  accountNotFound: () =>
    new Problem('account_not_found', { detail: 'You have no account yet. Open one first.' }),
  methodNotAllowed: (path: string, allowed: string, method: string) =>
    new Problem('method_not_allowed', { detail: `${path} supports ${allowed}, not ${method}.` }),
  /** @param deadlines in ms */
  requestTimeout: (deadlines: { headers: number; request: number }) =>
    new Problem('request_timeout', {
      detail: `Send the headers within ${deadlines.headers / 1000} s and the whole request within ${deadlines.request / 1000} s.`,
    }),
  orderNotCancellable: (state: NotCancellable) =>
    new Problem('order_not_cancellable', {
      detail: `The order is ${state}. Only a created, authorized or paid order can be cancelled.`,
    }),
  orderNotCapturable: (why: NotCapturable) =>
    new Problem('order_not_capturable', { detail: NOT_CAPTURABLE[why] }),
  captureExceedsHold: (held: bigint) =>
    new Problem('capture_exceeds_hold', {
      detail: `amount must be at most ${held}, which is held.`,
      errors: [{ field: 'amount', message: `must be at most ${held}` }],
    }),
  orderNotRefundable: (state: NotRefundable) =>
    new Problem('order_not_refundable', {
      detail: `The order is ${state}. Only a paid order can be refunded.`,
    }),
  refundExceedsCaptured: (left: bigint) =>
    new Problem('refund_exceeds_captured', {
      detail: `amount must be at most ${left}: no more is left that was captured and is not refunded.`,
      errors: [{ field: 'amount', message: `must be at most ${left}` }],
    }),
  accountExists: () => new Problem('account_exists', { detail: 'You already have an account.' }),
  idempotencyKeyInFlight: () =>
    new Problem('idempotency_key_in_flight', {
      detail: 'A request with this Idempotency-Key is in progress. Repeat it in a moment.',
      headers: { 'Retry-After': '1' },
    }),
  stackBusy: (detail: string) => new Problem('stack_busy', { detail }),
  eventsPurged: (lastEventId: bigint) =>
    new Problem('events_purged', {
      detail: `The events after ${lastEventId} are no longer kept. Read your orders, then follow them without last-event-id.`,
    }),
  bodyTooLarge: () =>
    new Problem('body_too_large', { detail: `A body may have at most ${REQUEST_BOUNDS.body} bytes.` }),
  unsupportedMediaType: (detail = 'Send the body as JSON with Content-Type: application/json.') =>
    new Problem('unsupported_media_type', { detail }),
  invalidBody: (errors: readonly FieldError[]) => invalidFields('invalid_body', errors),
  idempotencyKeyReused: () =>
    new Problem('idempotency_key_reused', {
      detail: 'This Idempotency-Key was used for a different request. Use a new key for a new request.',
    }),
  currencyNotSupported: (shopCurrency: string) =>
    new Problem('currency_not_supported', {
      detail: `currency must be ${shopCurrency}, the only currency of this shop.`,
      errors: [{ field: 'currency', message: `must be ${shopCurrency}` }],
    }),
  balanceLimitExceeded: () =>
    new Problem('balance_limit_exceeded', {
      detail: `A top-up may not raise the balance above ${MAX_BALANCE} minor units.`,
      errors: [{ field: 'amount', message: 'would raise the balance above its limit' }],
    }),
  rateLimited: (perSecond: number, retryAfter: number) =>
    new Problem('rate_limited', {
      detail: `At most ${perSecond} requests per second are allowed; one that changes something counts as two. Wait, then send fewer.`,
      headers: { 'Retry-After': String(retryAfter) },
    }),
  tooManyUndecidedOrders: (limit: number) =>
    new Problem('too_many_undecided_orders', {
      detail: `A user may have at most ${limit} orders that are neither paid nor failed. Wait until some of yours are.`,
      headers: { 'Retry-After': '5' },
    }),
  tooManyStreams: (limit: number) =>
    new Problem('rate_limited', {
      detail: `A user may have at most ${limit} streams open at a time. Close one first.`,
      headers: { 'Retry-After': '10' },
    }),
  headersTooLarge: () =>
    new Problem('headers_too_large', {
      detail: `All headers together may have at most ${REQUEST_BOUNDS.headers / 1024} KiB.`,
    }),
  internalError: (cause?: unknown) =>
    new Problem('internal_error', {
      detail: 'This is a bug on our side. The request id finds it in our logs.',
      cause,
    }),
  unavailable,
  tooManyRequests: () =>
    unavailable('Too many requests are in progress. Nothing was done: repeat it in a moment.'),
  noRoomForStream: () =>
    unavailable('Too many streams are open. Nothing was done: connect again in a moment.', {
      retryAfter: 10,
    }),
  stopping: () => unavailable('The service is stopping. Nothing was done: repeat it in a moment.'),
  dependencyUnavailable: (cause: unknown) =>
    unavailable(
      `The database, or another part that this request needs, cannot serve at present. ${OUTCOME_UNKNOWN}`,
      { cause },
    ),
  serviceUnavailable: (cause?: unknown) =>
    unavailable(`The service behind this route cannot be reached. ${OUTCOME_UNKNOWN}`, { cause }),
  serviceSecretRefused: (cause: unknown) =>
    new Problem('unavailable', {
      detail: 'The service behind this route does not accept the gateway. Nothing was done.',
      headers: { [SECRET_REFUSED]: 'true' },
      cause,
    }),
  upstreamTimeout: (cause?: unknown) =>
    new Problem('upstream_timeout', {
      detail: `The service behind this route did not answer in time. ${OUTCOME_UNKNOWN}`,
      cause,
    }),
};

function unavailable(detail: string, { retryAfter = 2, cause }: UnavailableOptions = {}): Problem {
  return new Problem('unavailable', { detail, headers: { 'Retry-After': String(retryAfter) }, cause });
}

function invalidFields(
  code: 'invalid_parameter' | 'invalid_body' | 'forbidden',
  errors: readonly FieldError[],
): Problem {
  return new Problem(code, {
    detail: errors.map(({ field, message }) => `${field} ${message}`).join('; '),
    errors,
  });
}
