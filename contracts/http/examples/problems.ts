import { PROBLEMS } from '../problem.ts';
import type { ProblemBody, ProblemCode } from '../problem.ts';

type Said = Pick<ProblemBody, 'detail' | 'errors'>;

const NOBODY_KNOWS =
  'What you asked for may or may not have been done: repeat it with the same Idempotency-Key.';

/** What the system says with each code, in one of the cases that the code is for. */
const SAID: Record<ProblemCode, Said> = {
  malformed_request: {
    detail: 'The request could not be read: its framing or a header is not as HTTP/1.1 wants it.',
  },
  malformed_json: { detail: 'The body is not valid JSON.' },
  invalid_parameter: wrong('limmit', 'is not known'),
  missing_identity: { detail: 'Say who you are: send X-User-Id with the UUID of a user.' },
  forbidden: {
    detail: 'userId must be your own.',
    errors: [{ field: 'userId', message: 'must be your own' }],
  },
  operator_only: { detail: 'Your token needs "operator" among its roles.' },
  not_found: { detail: 'There is nothing at /api/order.' },
  order_not_found: { detail: 'You have no such order.' },
  account_not_found: { detail: 'You have no account yet. Open one first.' },
  method_not_allowed: { detail: '/api/orders takes HEAD, GET, POST, not DELETE.' },
  order_not_cancellable: {
    detail: 'The order is refunded: only one that is created or paid can be cancelled.',
  },
  account_exists: { detail: 'You already have an account.' },
  idempotency_key_in_flight: {
    detail: 'A request with this Idempotency-Key is still being worked on. Repeat it in a moment.',
  },
  stack_busy: { detail: 'kafka does not run at this moment.' },
  events_purged: {
    detail:
      'What came after 788 is no longer kept. Read your orders, then follow them without last-event-id.',
  },
  request_timeout: { detail: 'Send the headers within 10 s and the whole within 15 s.' },
  body_too_large: { detail: 'A body may have at most 16384 bytes.' },
  unsupported_media_type: { detail: 'Send the body as JSON with Content-Type: application/json.' },
  invalid_body: wrong('decsription', 'is not known'),
  idempotency_key_reused: {
    detail: 'This Idempotency-Key was used for a different request. Use a new one for a new request.',
  },
  currency_not_supported: {
    detail: 'currency must be {currency}: this shop works in no other.',
    errors: [{ field: 'currency', message: 'must be {currency}' }],
  },
  balance_limit_exceeded: {
    detail: 'A top-up may not lift the balance over 1000000000000000 minor units.',
    errors: [{ field: 'amount', message: 'would lift the balance over its limit' }],
  },
  rate_limited: { detail: 'At most 50 requests a second are answered. Wait a moment, then go on slower.' },
  headers_too_large: { detail: 'The headers may have 16 KiB together.' },
  internal_error: { detail: 'This is a fault of ours. The request id finds it in our logs.' },
  unavailable: { detail: `The service behind this route cannot be reached. ${NOBODY_KNOWS}` },
  upstream_timeout: { detail: `No answer in time. ${NOBODY_KNOWS}` },
};

function wrong(field: string, message: string): Said {
  return { detail: `${field} ${message}`, errors: [{ field, message }] };
}

export function problemExample(code: ProblemCode): ProblemBody {
  const { status, title } = PROBLEMS[code];
  const requestId = '01a20513-4764-7042-ac48-f23b379d2c82';
  return { type: `urn:gozon:problem:${code}`, title, status, code, requestId, ...SAID[code] };
}
