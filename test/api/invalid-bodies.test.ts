import { gzipSync } from 'node:zlib';
import { withInvalidRequests } from '#test/support/api/invalid-request-sender.ts';
import {
  ACCOUNTS,
  gzip,
  invalid,
  JSON_TYPE,
  notJson,
  ORDERS,
  post,
  TOP_UP,
  wrongType,
} from '#test/support/api/invalid-request.ts';
import type { InvalidRequest } from '#test/support/api/invalid-request.ts';

const tooLarge = { status: 413, code: 'body_too_large' } as const;

const bodies: InvalidRequest[] = [ORDERS, TOP_UP, ACCOUNTS].flatMap((path) => [
  post('text that is not JSON', path, '{"amount":', notJson),
  post('bytes that are not UTF-8', path, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), notJson),
  post('a list', path, '[]', invalid('body')),
  post('null', path, 'null', invalid('body')),
  post('a string', path, '"amount"', invalid('body')),
  post('a form', path, 'amount=1', {
    ...wrongType,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }),
  post('JSON of type text/plain', path, '{"amount":1}', {
    ...wrongType,
    headers: { 'content-type': 'text/plain' },
  }),
  post('JSON without a content type', path, '{"amount":1}', { ...wrongType, headers: {} }),
  post('an unknown encoding', path, '{"amount":1}', {
    ...wrongType,
    headers: { ...JSON_TYPE, 'content-encoding': 'rot13' },
  }),
  post('a body of 16 KiB and one byte', path, ' '.repeat(16 * 1024 + 1), tooLarge),
  post('a body of 1 MiB', path, ' '.repeat(1 << 20), tooLarge),
  post('10 MB compressed to 10 kB', path, gzipSync(Buffer.alloc(10_000_000, ' ')), {
    ...tooLarge,
    headers: gzip,
  }),
  post('plain text marked as gzip', path, 'not gzip', { ...notJson, headers: gzip }),
  post('half of a gzip body', path, gzipSync('{"amount":1,"description":"half"}').subarray(0, 24), {
    ...notJson,
    headers: gzip,
  }),
]);

describe('a request with a body that cannot be read', () => {
  const { refused } = withInvalidRequests();

  for (const request of bodies) {
    const { what, method = 'GET', path, status, field } = request;
    it(`${method} ${path.slice(0, 60)} with ${what} is answered ${status}${field ? `, naming ${field}` : ''}`, async () => {
      await refused(request);
    });
  }
});
