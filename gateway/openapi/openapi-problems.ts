import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import { problemExample } from '#contracts/http/examples/problem-example.ts';
import { PROBLEM_CODES, problemBody } from '#contracts/http/problem-codes.ts';
import type { ProblemCode } from '#contracts/http/problem-codes.ts';
import type { RouteContract } from '#contracts/http/route-contract.ts';
import { problemHeaders } from './openapi-headers.ts';

/** The refusals of a route by status, with an example of each code. */
export function problemResponses(route: RouteContract, keepsKey: boolean): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codesOf(route, keepsKey), (code) => PROBLEM_CODES[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${PROBLEM_CODES[code].title}.`).join(' '),
        headers: problemHeaders(status),
        content: {
          'application/problem+json': {
            schema: problemBody,
            examples: Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }])),
          },
        },
      },
    ]),
  );
}

const OF_EVERY_ROUTE: readonly ProblemCode[] = [
  'malformed_request',
  'malformed_json',
  'invalid_parameter',
  'missing_identity',
  'request_timeout',
  'body_too_large',
  'rate_limited',
  'headers_too_large',
  'internal_error',
  'unavailable',
  'upstream_timeout',
];
const WITH_BODY: readonly ProblemCode[] = ['unsupported_media_type', 'invalid_body'];
const WITH_KEY: readonly ProblemCode[] = ['idempotency_key_in_flight', 'idempotency_key_reused'];
const WITH_USER: readonly ProblemCode[] = ['forbidden'];
const FOR_OPERATORS: readonly ProblemCode[] = ['operator_only'];
const FOR_MERCHANTS: readonly ProblemCode[] = ['merchant_only'];

/** The codes of every route of this kind, then the route's own. */
function codesOf(
  { params, query, body, operator, merchant, problems }: RouteContract,
  keepsKey: boolean,
): ProblemCode[] {
  const namesUser = [params, query, body].some((schema) => schema && 'userId' in schema.shape);
  return [
    ...OF_EVERY_ROUTE,
    ...(body ? WITH_BODY : []),
    ...(keepsKey ? WITH_KEY : []),
    ...(namesUser && !operator ? WITH_USER : []),
    ...(operator && !merchant ? FOR_OPERATORS : []),
    ...(merchant ? FOR_MERCHANTS : []),
    ...problems,
  ];
}
