import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Pool } from 'undici';
import { newId } from '#contracts/ids.ts';
import { problemBody } from '#contracts/problem.ts';
import type { ProblemBody, ProblemCode } from '#contracts/problem.ts';
import type { Customer } from '#contracts/client.ts';
import { openCustomer } from '../kit/customers.ts';
import { withSharedSystem } from '../kit/shared-system.ts';
import { startAnother } from './another.ts';
import { assertDiscreet } from './discreet.ts';
import { rowsOf } from './rows.ts';

const ORDERS = '/api/orders';
const ACCOUNTS = '/api/payments/accounts';
const TOP_UP = `${ACCOUNTS}/{self}/top-up`;
const JSON_TYPE = { 'content-type': 'application/json' };

/** What is wrong, and how it is to be refused. {self} in a path is the caller. */
interface Bad {
  readonly what: string;
  readonly method?: string;
  readonly path: string;
  /** Sent as they are; a GET without, a POST as JSON. */
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly code: ProblemCode;
  readonly status: number;
  /** What `errors` names first. */
  readonly field?: string;
}

function post(what: string, path: string, body: string | Buffer, refused: Omit<Bad, 'what' | 'path'>): Bad {
  return { what, path, body, method: 'POST', headers: JSON_TYPE, ...refused };
}

const json = (body: unknown) => JSON.stringify(body);
const invalid = (field: string) => ({ status: 422, code: 'invalid_body', field }) as const;
const parameter = (field: string) => ({ status: 400, code: 'invalid_parameter', field }) as const;
const tooLarge = { status: 413, code: 'body_too_large' } as const;
const notJson = { status: 400, code: 'malformed_json' } as const;
const wrongType = { status: 415, code: 'unsupported_media_type' } as const;
const gzip = { ...JSON_TYPE, 'content-encoding': 'gzip' };

/** The same of both routes that take an amount. */
const amounts: Bad[] = [ORDERS, TOP_UP].flatMap((path) => [
  post(`no amount`, path, '{}', invalid('amount')),
  ...[
    '0',
    '-1',
    '1.5',
    '"10"',
    '1e400',
    '9007199254740992',
    '1000000000001',
    'null',
    'true',
    '[1]',
    '{"n":1}',
    '1e-7',
  ].map((amount) => post(`the amount ${amount}`, path, `{"amount":${amount}}`, invalid('amount'))),
  post('an unknown field', path, json({ amount: 1, price: 1 }), invalid('price')),
  post('a field of every object', path, '{"amount":1,"__proto__":{"x":1}}', invalid('__proto__')),
]);

const bodies: Bad[] = [ORDERS, TOP_UP, ACCOUNTS].flatMap((path) => [
  post('what is not JSON', path, '{"amount":', notJson),
  post('what is not UTF-8', path, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), notJson),
  post('a list', path, '[]', invalid('body')),
  post('null', path, 'null', invalid('body')),
  post('a text', path, '"amount"', invalid('body')),
  post('a form', path, 'amount=1', {
    ...wrongType,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }),
  post('JSON that calls itself text', path, '{"amount":1}', {
    ...wrongType,
    headers: { 'content-type': 'text/plain' },
  }),
  post('JSON that calls itself nothing', path, '{"amount":1}', { ...wrongType, headers: {} }),
  post('an encoding that nobody knows', path, '{"amount":1}', {
    ...wrongType,
    headers: { ...JSON_TYPE, 'content-encoding': 'rot13' },
  }),
  post('a body of 16 KiB and 1', path, ' '.repeat(16 * 1024 + 1), tooLarge),
  post('a body of 1 MiB', path, ' '.repeat(1 << 20), tooLarge),
  post('10 MB that were 10 kB', path, gzipSync(Buffer.alloc(10_000_000, ' ')), {
    ...tooLarge,
    headers: gzip,
  }),
  post('what is not gzip', path, 'not gzip', { ...notJson, headers: gzip }),
  post('half of a gzip', path, gzipSync('{"amount":1,"description":"half"}').subarray(0, 24), {
    ...notJson,
    headers: gzip,
  }),
]);

const fields: Bad[] = [
  post('no body, where one is needed', TOP_UP, '', notJson),
  post('no body of no type, where one is needed', TOP_UP, '', { ...wrongType, headers: {} }),
  post('a description with NUL', ORDERS, json({ amount: 1, description: 'a\0b' }), invalid('description')),
  post('half a character', ORDERS, '{"amount":1,"description":"\\ud800"}', invalid('description')),
  post(
    '10 KiB of description',
    ORDERS,
    json({ amount: 1, description: 'x'.repeat(10_240) }),
    invalid('description'),
  ),
  post('a number for a description', ORDERS, json({ amount: 1, description: 1 }), invalid('description')),
  post('a userId that is none', ORDERS, json({ amount: 1, userId: 'me' }), invalid('userId')),
  post('another’s userId', ORDERS, json({ amount: 1, userId: randomUUID() }), {
    status: 403,
    code: 'forbidden',
    field: 'userId',
  }),
  post('another’s userId', ACCOUNTS, json({ userId: randomUUID() }), {
    status: 403,
    code: 'forbidden',
    field: 'userId',
  }),
  post('another’s account', TOP_UP.replace('{self}', randomUUID()), json({ amount: 1 }), {
    status: 403,
    code: 'forbidden',
    field: 'userId',
  }),
  post('a currency that is none', ACCOUNTS, json({ currency: 'euro' }), invalid('currency')),
  post('another currency', ACCOUNTS, json({ currency: 'USD' }), {
    status: 422,
    code: 'currency_not_supported',
    field: 'currency',
  }),
  post(
    'an account that is no UUID',
    TOP_UP.replace('{self}', 'me'),
    json({ amount: 1 }),
    parameter('userId'),
  ),
  post('a query where none is', `${ORDERS}?dry=1`, json({ amount: 1 }), parameter('dry')),
];

const keys: Bad[] = [ORDERS, TOP_UP, ACCOUNTS].flatMap((path) =>
  [
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['that is not ASCII', 'clé'],
    ['with a tabulator in it', 'a\tb'],
  ].map(([how, key = '']) =>
    post(`an Idempotency-Key ${how}`, path, json(path === ACCOUNTS ? {} : { amount: 1 }), {
      ...parameter('Idempotency-Key'),
      headers: { ...JSON_TYPE, 'idempotency-key': key },
    }),
  ),
);

const get = (what: string, path: string, refused: Omit<Bad, 'what' | 'path'>): Bad => ({
  what,
  path,
  ...refused,
});
const queries: Bad[] = [
  ...['0', '101', '-1', '1.5', 'ten', '', '1e1', '9999999999', '1&limit=2'].flatMap((limit) =>
    [ORDERS, `${ACCOUNTS}/{self}/statement`].map((path) =>
      get(`limit=${limit}`, `${path}?limit=${limit}`, parameter('limit')),
    ),
  ),
  ...['1', 'next', '', '%00', '%F0%9F', '6f9619ff-8b86-4d01-b42d'].map((cursor) =>
    get(`cursor=${cursor}`, `${ORDERS}?cursor=${cursor}`, parameter('cursor')),
  ),
  ...['-1', 'x', '', '1'.repeat(19), newId()].map((cursor) =>
    get(`cursor=${cursor}`, `${ACCOUNTS}/{self}/statement?cursor=${cursor}`, parameter('cursor')),
  ),
  get('a status that is none', `${ORDERS}?status=lost`, parameter('status')),
  get('two statuses', `${ORDERS}?status=paid&status=failed`, parameter('status')),
  get('an unknown parameter', `${ORDERS}?page=2`, parameter('page')),
  get('a parameter of every object', `${ORDERS}?__proto__=2`, parameter('__proto__')),
  get('an unknown parameter', `${ACCOUNTS}/{self}?currency=EUR`, parameter('currency')),
  ...['1', 'x'.repeat(36), '%ff', '%00', '%2e%2e%2fmetrics'].flatMap((id) => [
    get(`the order ${id}`, `${ORDERS}/${id}`, parameter('orderId')),
    get(`the order ${id}`, `${ORDERS}/${id}/timeline`, parameter('orderId')),
    get(`to cancel the order ${id}`, `${ORDERS}/${id}/cancel`, { ...parameter('orderId'), method: 'POST' }),
    get(`the account ${id}`, `${ACCOUNTS}/${id}`, parameter('userId')),
  ]),
  ...['x', '-1', '1'.repeat(18), '1, 2'].map((id) =>
    get(`to resume from ${id}`, `${ORDERS}/events`, {
      ...parameter('last-event-id'),
      headers: { 'last-event-id': id },
    }),
  ),
  get('another’s account', `${ACCOUNTS}/${randomUUID()}`, {
    status: 403,
    code: 'forbidden',
    field: 'userId',
  }),
  get('another’s statement', `${ACCOUNTS}/${randomUUID()}/statement`, {
    status: 403,
    code: 'forbidden',
    field: 'userId',
  }),
  get('an order that is none', `${ORDERS}/${newId()}`, { status: 404, code: 'order_not_found' }),
  get('to cancel none', `${ORDERS}/${newId()}/cancel`, {
    status: 404,
    code: 'order_not_found',
    method: 'POST',
  }),
  get('the timeline of none', `${ORDERS}/${newId()}/timeline`, { status: 404, code: 'order_not_found' }),
];

const paths: Bad[] = [
  '/nowhere',
  '/api',
  '/api/nowhere',
  `/api/orders/${newId()}/nowhere`,
  '//api/orders',
  '/api/../metrics',
  '/internal/decisions/x',
].map((path) => get('a path that is none', path, { status: 404, code: 'not_found' }));

const methods: (Bad & { readonly allow: string[] })[] = (
  [
    ['DELETE', ORDERS, ['GET', 'HEAD', 'POST']],
    ['GET', `${ORDERS}/${newId()}/cancel`, ['POST']],
    ['PUT', ORDERS, ['GET', 'HEAD', 'POST']],
    ['PROPFIND', ORDERS, ['GET', 'HEAD', 'POST']],
    ['POST', `${ORDERS}/${newId()}`, ['GET', 'HEAD']],
    ['PATCH', `${ACCOUNTS}/{self}`, ['GET', 'HEAD']],
    ['GET', TOP_UP, ['POST']],
    ['GET', ACCOUNTS, ['POST']],
    ['POST', '/openapi.json', ['GET', 'HEAD']],
  ] as const
).map(([method, path, allow]) => ({
  what: `the method ${method}`,
  method,
  path,
  status: 405,
  code: 'method_not_allowed',
  allow: [...allow],
}));

describe('bad input', () => {
  const system = withSharedSystem();
  const stack = new AsyncDisposableStack();
  let customer: Customer;
  let connections: Pool;
  before(async () => {
    customer = await openCustomer(system(), 100n);
    // All is asked by one customer, faster than a customer may.
    const gateway = stack.use(await startAnother(system(), 'gateway', { RATE_LIMIT_PER_USER: '10000' }));
    connections = new Pool(gateway.url, { connections: 4 });
  });
  after(async () => {
    await connections.destroy();
    await stack.disposeAsync();
  });

  for (const bad of [...amounts, ...bodies, ...fields, ...keys, ...queries, ...paths]) {
    const { what, method = 'GET', path, status, field } = bad;
    it(`${method} ${path.slice(0, 60)} with ${what} is answered ${status}${field ? `, naming ${field}` : ''}`, async () => {
      await refused(bad);
    });
  }

  for (const bad of methods) {
    it(`${bad.path} with ${bad.what} is answered 405, with those that it takes`, async () => {
      const { headers } = await refused(bad);
      assert.deepEqual(String(headers['allow']).split(', ').toSorted(), bad.allow);
    });
  }

  for (const [who, headers] of Object.entries({
    nobody: {},
    'an empty id': { 'x-user-id': '' },
    'a name': { 'x-user-id': 'alice' },
    'half a UUID': { 'x-user-id': '6f9619ff-8b86-4d01' },
    'two users': { 'x-user-id': `${randomUUID()}, ${randomUUID()}` },
    'a token, which dev does not read': { authorization: 'Bearer x' },
  })) {
    it(`whoever says that he is ${who} is answered 401 on every route`, async () => {
      for (const [method, path] of [
        ['GET', ORDERS],
        ['POST', ORDERS],
        ['GET', `${ORDERS}/${newId()}`],
        ['GET', `${ORDERS}/events`],
        ['POST', ACCOUNTS],
        ['POST', TOP_UP],
        ['POST', `${ORDERS}/${newId()}/cancel`],
        ['GET', '/api/system'],
      ] as const) {
        await refused({ what: who, method, path, status: 401, code: 'missing_identity' }, headers);
      }
    });
  }

  it('another’s order is refused as one that never was, but for the ids', async () => {
    const { orderId } = await customer.placeOrder({ amount: 1n });
    const stranger = system().client.as(randomUUID());
    for (const [method, suffix] of [
      ['GET', ''],
      ['GET', '/timeline'],
      ['POST', '/cancel'],
    ] as const) {
      const [theirs, none] = await Promise.all(
        [orderId, newId()].map(async (id) => {
          const { status, headers, body } = await stranger.send({
            method,
            path: `${ORDERS}/${id}${suffix}`,
          });
          const { requestId: _, ...rest } = body as ProblemBody;
          return { status, names: Object.keys(headers), rest: json(rest).replaceAll(id, '…') };
        }),
      );
      assert.deepEqual(theirs, none);
      assert.equal(theirs?.status, 404);
    }
  });

  for (const [how, headers] of Object.entries({
    'no content type': {},
    'a content type and no body': JSON_TYPE,
    'another content type and no body': { 'content-type': 'text/plain' },
    'a content encoding and no body': gzip,
  })) {
    it(`a POST that needs no body is taken with ${how}`, async () => {
      const reply = await send({ method: 'POST', path: ACCOUNTS, headers }, randomUUID());
      assert.equal(reply.status, 201, reply.text);
    });
  }

  it('a cancel takes no body, whatever is sent with it', async () => {
    for (const sent of [
      {},
      { headers: { 'content-type': 'text/plain' }, body: 'now' },
      { body: '{"amount":' },
    ]) {
      const { orderId } = await customer.placeOrder({ amount: 1n });
      const reply = await send(
        { method: 'POST', path: `${ORDERS}/${orderId}/cancel`, ...sent },
        customer.userId,
      );
      // The payment, of a customer with money, may be made before.
      assert.equal(reply.status, 202, reply.text);
    }
  });

  it('a body of 16 KiB is none', async () => {
    const body = `{"amount":1,"description":"ok"}`.padEnd(16 * 1024);
    const reply = await send({ method: 'POST', path: ORDERS, headers: JSON_TYPE, body }, customer.userId);
    assert.equal(reply.status, 201);
  });

  it('500 characters are none, though each takes two of JavaScript’s', async () => {
    const description = '🎁'.repeat(500);
    const order = await system().client.as(randomUUID()).placeOrder({ amount: 1n, description });
    assert.equal(order.description, description);
  });

  it('leaves the connection between gateway and service to the next request', async () => {
    const oversized = { method: 'POST', path: ORDERS, headers: JSON_TYPE, body: ' '.repeat(60_000) };
    for (let turn = 0; turn < 5; turn++) {
      assert.equal((await send(oversized, customer.userId)).status, 413);
      const began = performance.now();
      assert.equal((await send({ method: 'GET', path: ORDERS }, customer.userId)).status, 200);
      // Without, it waits until the gateway gives up, after 10 s.
      assert.ok(performance.now() - began < 5_000);
    }
  });

  /** Sends what is bad, and asserts that it is refused as it is to be and changed nothing. */
  async function refused(bad: Bad, identity?: Record<string, string>) {
    const before = await rowsOf(system(), customer.userId);
    const reply = await send(bad, customer.userId, identity);
    assert.equal(reply.status, bad.status, reply.text);
    assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
    const problem = problemBody.parse(JSON.parse(reply.text));
    assert.deepEqual(
      [problem.status, problem.code, problem.type, problem.errors?.[0]?.field],
      [bad.status, bad.code, `urn:gozon:problem:${bad.code}`, bad.field],
    );
    assert.equal(problem.requestId, reply.headers['x-request-id']);
    assert.ok(problem.detail.length > 0);
    assertDiscreet(system(), reply.text);
    assert.deepEqual(await rowsOf(system(), customer.userId), before);
    return reply;
  }

  async function send(
    { method = 'GET', path, headers, body }: Pick<Bad, 'method' | 'path' | 'headers' | 'body'>,
    userId: string,
    identity: Record<string, string> = { 'x-user-id': userId },
  ) {
    // As written: a URL would take dots and slashes out of the path.
    const reply = await connections.request({
      method,
      path: path.replace('{self}', userId),
      headers: { ...identity, ...headers },
      body: body ?? null,
    });
    return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
  }
});
