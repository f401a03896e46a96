import { z } from 'zod';
import { EXAMPLE_IDS } from '#contracts/http/examples/example.ts';
import { EXAMPLES } from '#contracts/http/examples/examples.ts';
import { problemExample } from '#contracts/http/examples/problem-example.ts';
import { PROBLEM_CODES, problemBody } from '#contracts/http/problem-codes.ts';
import type { ProblemCode } from '#contracts/http/problem-codes.ts';
import type { RouteContract } from '#contracts/http/route.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of all routes, written from the contracts that the code is bound to. */
export function writeOpenApi(
  routes: readonly RouteContract[],
  options: { version: string; identity: 'dev' | 'jwt'; currency: string },
): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  const security = options.identity === 'dev' ? 'user' : 'bearer';
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route, security, schemas) };
  }
  toSchema(problemBody, 'output', schemas);
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Gozon',
      version: options.version,
      description:
        'Accounts and orders of a shop. Money is a whole number of minor units (1999 is 19.99 EUR), times are RFC 3339 UTC. ' +
        'Errors are application/problem+json with a stable code. Repeat a POST whose outcome you do not know with the same Idempotency-Key.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: TAGS.filter(({ name }) => routes.some(({ tag }) => tag === name)),
    paths,
    components: {
      schemas,
      headers: describeHeaders(REPLY_HEADERS),
      securitySchemes: { [security]: SECURITY[security] },
    },
  };
  return JSON.parse(JSON.stringify(document).replaceAll('{currency}', options.currency)) as Json;
}

/** The groups, in the order in which Swagger UI shows them. */
const TAGS = [
  { name: 'Accounts', description: 'Money: one account a customer.' },
  { name: 'Orders', description: 'Each is paid from the account exactly once, or declined.' },
  { name: 'System', description: 'For operators.' },
  { name: 'Stack', description: 'For operators, of what `npm start` runs: load and faults.' },
];

const SECURITY = {
  user: {
    type: 'apiKey',
    in: 'header',
    name: 'X-User-Id',
    description: `Who you are, as a UUID; believed, since this gateway runs with IDENTITY=dev. The examples are those of ${EXAMPLE_IDS.userId}.`,
  },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Its `sub` is the user.' },
} as const;

function operation(route: RouteContract, security: keyof typeof SECURITY, schemas: Json): Json {
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    security: [{ [security]: [] }],
    parameters: [
      ...parameters(route.params, 'path', schemas),
      ...parameters(route.query, 'query', schemas),
      ...parameters(route.headers, 'header', schemas),
      ...(route.method === 'post' ? [isKeyed(route) ? IDEMPOTENCY_KEY : IDLE_KEY] : []),
      ...(route.reply.headers?.['ETag'] === undefined ? [] : [IF_NONE_MATCH]),
    ],
    ...(route.body && { requestBody: requestBody(route.body, EXAMPLES[route.id]?.body, schemas) }),
    responses: responses(route, schemas),
  };
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Makes the request repeatable for 24 hours: the same key and body give the first reply again.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
};

/** What an operator does is not kept by its key. */
function isKeyed(route: RouteContract): boolean {
  return route.method === 'post' && !route.operator;
}

const IDLE_KEY = {
  ...IDEMPOTENCY_KEY,
  description: 'Accepted and ignored: a repeat is carried out again.',
};

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  description: 'An ETag of an earlier reply: 304 when nothing has changed.',
  schema: { type: 'string' },
};

function parameters(
  object: z.ZodObject | undefined,
  where: 'path' | 'query' | 'header',
  schemas: Json,
): Json[] {
  return Object.entries(object?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: where,
    required: where === 'path',
    schema: toSchema(schema as z.ZodType, 'input', schemas),
    ...(where === 'path' && { example: EXAMPLE_IDS[name as keyof typeof EXAMPLE_IDS] }),
  }));
}

function requestBody(body: z.ZodObject, example: object | undefined, schemas: Json): Json {
  return {
    required: !body.safeParse({}).success,
    content: { 'application/json': { schema: toSchema(body, 'input', schemas), example } },
  };
}

function responses(route: RouteContract, schemas: Json): Json {
  const { status, description, schema, headers = {}, contentType = 'application/json' } = route.reply;
  const replayed = isKeyed(route) ? { 'Idempotent-Replayed': '`true` on an earlier reply once more.' } : {};
  return {
    [status]: {
      description,
      headers: { ...describeHeaders({ ...headers, ...replayed }), ...ON_EVERY_REPLY },
      content: {
        [contentType]: { schema: toSchema(schema, 'output', schemas), example: EXAMPLES[route.id]?.reply },
      },
    },
    ...(headers['ETag'] !== undefined && { 304: { description: 'Nothing has changed.' } }),
    ...problemResponses(problemsOf(route)),
  };
}

/** What replies of any route have, or may have, beside what is the route's own. */
const REPLY_HEADERS = {
  'X-Request-Id': 'Yours, or one of ours: it finds the request in our logs.',
  traceparent: 'The trace that the request belongs to (W3C Trace Context).',
  RateLimit:
    'How many requests are left to you, and for how many seconds (draft-ietf-httpapi-ratelimit-headers).',
  'RateLimit-Policy': 'How many requests a second are answered.',
  'Retry-After': 'After how many seconds to repeat the request.',
  'WWW-Authenticate': 'How to say who you are (RFC 6750), where tokens are wanted.',
};

const referTo = (...names: (keyof typeof REPLY_HEADERS)[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const ON_EVERY_REPLY = referTo('X-Request-Id', 'traceparent', 'RateLimit', 'RateLimit-Policy');

/** Which refusals say more in a header, by status. */
const ON_REFUSAL: Readonly<Record<number, Json>> = {
  401: referTo('WWW-Authenticate'),
  409: referTo('Retry-After'),
  429: referTo('RateLimit', 'RateLimit-Policy', 'Retry-After'),
  503: referTo('Retry-After'),
};

function describeHeaders(headers: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

/** A route's own refusals with those that any route of its kind can give. */
function problemsOf(route: RouteContract): ProblemCode[] {
  const everywhere = [
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
  ] as const;
  const withBody = ['unsupported_media_type', 'invalid_body'] as const;
  const withKey = ['idempotency_key_in_flight', 'idempotency_key_reused'] as const;
  const namesUser = [route.params, route.query, route.body].some(
    (schema) => schema && 'userId' in schema.shape,
  );
  return [
    ...everywhere,
    ...(route.body ? withBody : []),
    ...(isKeyed(route) ? withKey : []),
    ...(namesUser ? (['forbidden'] as const) : []),
    ...(route.operator ? (['operator_only'] as const) : []),
    ...route.problems,
  ];
}

function problemResponses(codes: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => PROBLEM_CODES[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      status,
      {
        description: those.map((code) => `\`${code}\`: ${PROBLEM_CODES[code].title}.`).join(' '),
        headers: { ...referTo('X-Request-Id'), ...ON_REFUSAL[status] },
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(those.map((code) => [code, { value: problemExample(code) }])),
          },
        },
      },
    ]),
  );
}

/** A schema as JSON Schema; those that have an id go into `schemas`, and references to them stand in their place. */
function toSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const {
    $schema: _dialect,
    $defs = {},
    ...json
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const wire = z.globalRegistry.get(zodSchema as never)?.['wire'];
      if (wire === undefined) return;
      const { description } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, description === undefined ? {} : { description }, wire);
    },
  }) as Json & { $defs?: Record<string, Json> };
  for (const [name, { id: _id, ...definition }] of Object.entries($defs)) {
    schemas[name] = withReferences(definition);
  }
  return withReferences(json);
}

/** JSON Schema's own `$defs` are OpenAPI's components. */
function withReferences(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}
