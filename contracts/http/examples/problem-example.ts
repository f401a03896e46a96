import type { ProblemBody, ProblemCode } from '../problem-codes.ts';
import type { Problem } from '../problem.ts';
import { problems } from '../problems.ts';

const unknownField = (field: string) => [{ field, message: 'is not known' }];

/** A refusal with each code, in one of the situations that the code is for. */
const EXAMPLES: Readonly<Record<ProblemCode, Problem>> = {
  malformed_request: problems.malformedRequest(),
  malformed_json: problems.malformedJson(),
  invalid_parameter: problems.invalidParameter(unknownField('limmit')),
  missing_identity: problems.missingIdentity(),
  forbidden: problems.forbidden(),
  host_not_allowed: problems.hostNotAllowed(),
  merchant_only: problems.merchantOnly(),
  operator_only: problems.operatorOnly(),
  not_found: problems.notFound('/api/order'),
  order_not_found: problems.orderNotFound(),
  account_not_found: problems.accountNotFound(),
  method_not_allowed: problems.methodNotAllowed('/api/orders', 'HEAD, GET, POST', 'DELETE'),
  request_timeout: problems.requestTimeout({ headers: 10_000, request: 15_000 }),
  order_not_cancellable: problems.orderNotCancellable('refunded'),
  order_not_capturable: problems.orderNotCapturable('expired'),
  order_not_refundable: problems.orderNotRefundable('failed'),
  account_exists: problems.accountExists(),
  idempotency_key_in_flight: problems.idempotencyKeyInFlight(),
  stack_busy: problems.stackBusy('kafka is not running.'),
  events_purged: problems.eventsPurged(788n),
  body_too_large: problems.bodyTooLarge(),
  unsupported_media_type: problems.unsupportedMediaType(),
  invalid_body: problems.invalidBody(unknownField('decsription')),
  idempotency_key_reused: problems.idempotencyKeyReused(),
  currency_not_supported: problems.currencyNotSupported('{currency}'),
  capture_exceeds_hold: problems.captureExceedsHold(1_999n),
  refund_exceeds_captured: problems.refundExceedsCaptured(1_000n),
  balance_limit_exceeded: problems.balanceLimitExceeded(),
  rate_limited: problems.rateLimited(50, 1),
  too_many_undecided_orders: problems.tooManyUndecidedOrders(1_000),
  headers_too_large: problems.headersTooLarge(),
  internal_error: problems.internalError(),
  unavailable: problems.serviceUnavailable(),
  upstream_timeout: problems.upstreamTimeout(),
};

export function problemExample(code: ProblemCode): ProblemBody {
  return EXAMPLES[code].toBody('01a20513-4764-7042-ac48-f23b379d2c82');
}
