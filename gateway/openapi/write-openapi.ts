import { createDocument } from 'zod-openapi';
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiParameterObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { EXAMPLE_IDS } from '#contracts/http/examples/example.ts';
import { EXAMPLES } from '#contracts/http/examples/examples.ts';
import type { RouteContract } from '#contracts/http/route-contract.ts';
import { currencyDigits } from '#contracts/values/money/currency-digits.ts';
import { COMMON_HEADERS, ON_EVERY_REPLY, describeHeaders } from './openapi-headers.ts';
import { problemResponses } from './openapi-problems.ts';

/** The OpenAPI 3.1 document of all routes, written from the contracts that the code is bound to. */
export function writeOpenApi(
  routes: readonly RouteContract[],
  options: { version: string; identity: 'dev' | 'jwt'; currency: string },
): Record<string, unknown> {
  const security = options.identity === 'dev' ? 'user' : 'bearer';
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route, security) };
  }
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Gozon',
      version: options.version,
      description:
        'Accounts and orders of a shop. Money is a whole number of minor units (1999 is 19.99 EUR). Times are RFC 3339 UTC. ' +
        'Errors are application/problem+json with a stable code. If you do not know the outcome of a POST, repeat it with ' +
        'the same Idempotency-Key.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    externalDocs: { url: '/asyncapi.json', description: 'The events on Kafka, as AsyncAPI 3' },
    tags: TAGS.filter(({ name }) => routes.some(({ tag }) => tag === name)),
    paths,
    components: {
      headers: describeHeaders(COMMON_HEADERS),
      securitySchemes: { [security]: SECURITY[security] },
    },
  });
  const text = JSON.stringify(document)
    .replaceAll('{currency}', options.currency)
    // A number. In the example of a stream it is inside a string.
    .replaceAll(/\\?"\{currencyDigits\}\\?"/g, String(currencyDigits(options.currency)));
  return JSON.parse(text) as Record<string, unknown>;
}

/** The groups, in the order in which Swagger UI shows them. */
const TAGS = [
  { name: 'Accounts', description: 'Money. Each customer has one account.' },
  { name: 'Orders', description: 'Each order is paid from the account exactly once, or declined.' },
  { name: 'System', description: 'For operators.' },
  { name: 'Stack', description: 'For operators of `npm start`: load and faults.' },
];

const SECURITY = {
  user: {
    type: 'apiKey',
    in: 'header',
    name: 'X-User-Id',
    description: `Your user id, a UUID. It is not checked, because this gateway runs with IDENTITY=dev. You are an operator and a merchant unless X-User-Roles says otherwise. The examples belong to ${EXAMPLE_IDS.userId}.`,
  },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Its `sub` is the user.' },
} as const;

function operation(route: RouteContract, security: keyof typeof SECURITY): ZodOpenApiOperationObject {
  const { id, tag, summary, description, params, query, headers, body, reply, method } = route;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: [{ [security]: [] }],
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    parameters: [
      ...(method === 'post' ? [keepsKey(route) ? IDEMPOTENCY_KEY : IGNORED_KEY] : []),
      ...(reply.headers?.['ETag'] === undefined ? [] : [IF_NONE_MATCH]),
    ],
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: body, example: EXAMPLES[id]?.body } },
      },
    }),
    responses: responses(route),
  };
}

/** An operator's POST accepts a key and ignores it. */
function keepsKey({ method, operator }: RouteContract): boolean {
  return method === 'post' && !operator;
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes the request repeatable for 24 hours: the same key and body return the first reply again.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
} as const satisfies ZodOpenApiParameterObject;

const IGNORED_KEY = {
  ...IDEMPOTENCY_KEY,
  description: 'Accepted and ignored: a repeat is carried out again.',
};

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  description: 'An ETag of an earlier reply: 304 when nothing has changed.',
  schema: { type: 'string' },
} as const satisfies ZodOpenApiParameterObject;

function responses(route: RouteContract): ZodOpenApiResponsesObject {
  const { status, description, schema, headers = {}, contentType = 'application/json' } = route.reply;
  const replayed = keepsKey(route)
    ? { 'Idempotent-Replayed': '`true` when an earlier reply is repeated.' }
    : {};
  return {
    [`${status}`]: {
      description,
      headers: { ...describeHeaders({ ...headers, ...replayed }), ...ON_EVERY_REPLY },
      content: { [contentType]: { schema, example: EXAMPLES[route.id]?.reply } },
    },
    ...(headers['ETag'] !== undefined && { 304: { description: 'Nothing has changed.' } }),
    ...problemResponses(route, keepsKey(route)),
  };
}
