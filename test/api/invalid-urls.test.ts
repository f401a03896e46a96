import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { newId } from '#contracts/values/ids.ts';
import { withInvalidRequests } from '#test/support/api/invalid-request-sender.ts';
import { ORDERS, ACCOUNTS, TOP_UP, get, parameter } from '#test/support/api/invalid-request.ts';
import type { InvalidRequest } from '#test/support/api/invalid-request.ts';

const queries: InvalidRequest[] = [
  ...['0', '101', '-1', '1.5', 'ten', '', '1e1', '9999999999', '1&limit=2'].flatMap((limit) =>
    [ORDERS, `${ACCOUNTS}/{self}/statement`].map((path) =>
      get(`limit=${limit}`, `${path}?limit=${limit}`, parameter('limit')),
    ),
  ),
  ...[
    '1',
    'next',
    '',
    '%00',
    '%F0%9F',
    '6f9619ff-8b86-4d01-b42d',
    newId(),
    `${newId()}.${'x'.repeat(22)}`,
  ].map((cursor) => get(`cursor=${cursor}`, `${ORDERS}?cursor=${cursor}`, parameter('cursor'))),
  ...['-1', 'x', '', '1'.repeat(19), newId(), `1.${'x'.repeat(22)}`].map((cursor) =>
    get(`cursor=${cursor}`, `${ACCOUNTS}/{self}/statement?cursor=${cursor}`, parameter('cursor')),
  ),
  get('an unknown status', `${ORDERS}?status=lost`, parameter('status')),
  get('two statuses', `${ORDERS}?status=paid&status=failed`, parameter('status')),
  get('an unknown parameter', `${ORDERS}?page=2`, parameter('page')),
  get('the parameter __proto__', `${ORDERS}?__proto__=2`, parameter('__proto__')),
  get('an unknown parameter', `${ACCOUNTS}/{self}?currency=EUR`, parameter('currency')),
  ...['1', 'x'.repeat(36), '%ff', '%00', '%2e%2e%2fmetrics'].flatMap((id) => [
    get(`the order ${id}`, `${ORDERS}/${id}`, parameter('orderId')),
    get(`the order ${id}`, `${ORDERS}/${id}/timeline`, parameter('orderId')),
    get(`a cancel of the order ${id}`, `${ORDERS}/${id}/cancel`, { ...parameter('orderId'), method: 'POST' }),
    get(`the account ${id}`, `${ACCOUNTS}/${id}`, parameter('userId')),
  ]),
  ...['x', '-1', '1'.repeat(18), '1, 2'].map((id) =>
    get(`the last event ${id}`, `${ORDERS}/events`, {
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
  get('an unknown order', `${ORDERS}/${newId()}`, { status: 404, code: 'order_not_found' }),
  get('a cancel of an unknown order', `${ORDERS}/${newId()}/cancel`, {
    status: 404,
    code: 'order_not_found',
    method: 'POST',
  }),
  get('the timeline of an unknown order', `${ORDERS}/${newId()}/timeline`, {
    status: 404,
    code: 'order_not_found',
  }),
];

const paths: InvalidRequest[] = [
  '/nowhere',
  '/api',
  '/api/nowhere',
  `/api/orders/${newId()}/nowhere`,
  '//api/orders',
  '/api/../metrics',
  '/internal/decisions/x',
].flatMap((path) =>
  ['GET', 'PROPFIND'].map((method) =>
    get('an unknown path', path, { method, status: 404, code: 'not_found' }),
  ),
);

const methods: (InvalidRequest & { readonly allow: string[] })[] = (
  [
    ['DELETE', ORDERS, ['GET', 'HEAD', 'POST']],
    ['GET', `${ORDERS}/${newId()}/cancel`, ['POST']],
    ['PUT', ORDERS, ['GET', 'HEAD', 'POST']],
    ['PROPFIND', ORDERS, ['GET', 'HEAD', 'POST']],
    ['POST', `${ORDERS}/${newId()}`, ['GET', 'HEAD']],
    ['PATCH', `${ACCOUNTS}/{self}`, ['GET', 'HEAD']],
    ['GET', TOP_UP, ['POST']],
    ['PUT', ACCOUNTS, ['GET', 'HEAD', 'POST']],
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

describe('a request with an invalid URL', () => {
  const { refused } = withInvalidRequests();

  for (const request of [...queries, ...paths]) {
    const { what, method = 'GET', path, status, field } = request;
    it(`${method} ${path.slice(0, 60)} with ${what} is answered ${status}${field ? `, naming ${field}` : ''}`, async () => {
      await refused(request);
    });
  }

  for (const request of methods) {
    it(`${request.path} with ${request.what} is answered 405 with the methods that the path supports`, async () => {
      const { headers } = await refused(request);
      assert.deepEqual(String(headers['allow']).split(', ').toSorted(), request.allow);
    });
  }
});
