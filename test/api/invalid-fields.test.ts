import { randomUUID } from 'node:crypto';
import { withInvalidRequests } from '#test/support/api/invalid-request-sender.ts';
import {
  ACCOUNTS,
  invalid,
  json,
  JSON_TYPE,
  notJson,
  ORDERS,
  parameter,
  post,
  TOP_UP,
  wrongType,
} from '#test/support/api/invalid-request.ts';
import type { InvalidRequest } from '#test/support/api/invalid-request.ts';

/** For both routes with an amount. */
const amounts: InvalidRequest[] = [ORDERS, TOP_UP].flatMap((path) => [
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
    '1999.9999999999999999',
    '9007199254740993',
  ].map((amount) => post(`the amount ${amount}`, path, `{"amount":${amount}}`, invalid('amount'))),
  post('an unknown field', path, json({ amount: 1, price: 1 }), invalid('price')),
  post('the field __proto__', path, '{"amount":1,"__proto__":{"x":1}}', invalid('__proto__')),
  post('the amount twice', path, '{"amount":1,"amount":1000}', notJson),
  post('the amount twice, once escaped', path, '{"amount":1,"\\u0061mount":1000}', notJson),
]);

const fields: InvalidRequest[] = [
  post('no body, which it needs', TOP_UP, '', notJson),
  post('neither a body nor a content type', TOP_UP, '', { ...wrongType, headers: {} }),
  post('a description with NUL', ORDERS, json({ amount: 1, description: 'a\0b' }), invalid('description')),
  post('half a surrogate pair', ORDERS, '{"amount":1,"description":"\\ud800"}', invalid('description')),
  post(
    '10 KiB of description',
    ORDERS,
    json({ amount: 1, description: 'x'.repeat(10_240) }),
    invalid('description'),
  ),
  post('a number for a description', ORDERS, json({ amount: 1, description: 1 }), invalid('description')),
  post('a userId that is not a UUID', ORDERS, json({ amount: 1, userId: 'me' }), invalid('userId')),
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

const keys: InvalidRequest[] = [ORDERS, TOP_UP, ACCOUNTS].flatMap((path) =>
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

describe('a request with an invalid field', () => {
  const { refused } = withInvalidRequests();

  for (const request of [...amounts, ...fields, ...keys]) {
    const { what, method = 'GET', path, status, field } = request;
    it(`${method} ${path.slice(0, 60)} with ${what} is answered ${status}${field ? `, naming ${field}` : ''}`, async () => {
      await refused(request);
    });
  }
});
