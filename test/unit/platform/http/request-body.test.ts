import assert from 'node:assert/strict';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { amount } from '#contracts/http/wire.ts';
import { readBody } from '#platform/http/request-input.ts';
import { sendJson } from '#platform/http/send-json.ts';
import { SERVICE_SECRET, call, serveTestService } from '#test/support/test-service.ts';
import type { Call, TestService } from '#test/support/test-service.ts';

const KIBIBYTES_16 = 16 * 1024;
const GOOD = '{"amount":5}';
const json = { 'content-type': 'application/json' };

/** Its checksum comes last, after far more than is read. */
function corruptInTheEnd(gzipped: Buffer): Buffer {
  const checksum = gzipped.length - 8;
  gzipped.writeUInt32LE(~gzipped.readUInt32LE(checksum) >>> 0, checksum);
  return gzipped;
}

/** JSON of exactly so many bytes. */
const jsonOf = (bytes: number) => GOOD.padEnd(bytes, ' ');

describe('a request body', () => {
  let service: TestService;
  before(async () => {
    service = await serveTestService((router) => {
      router.post('/things', async (ctx) =>
        sendJson(ctx, 200, await readBody(ctx, z.strictObject({ amount }))),
      );
    });
  });
  after(async () => service[Symbol.asyncDispose]());

  const post = async ({ headers, ...rest }: Call) =>
    call(`${service.url}/things`, {
      method: 'POST',
      headers: { 'x-service-secret': SERVICE_SECRET, ...headers },
      ...rest,
    });

  const accepted: Record<string, Call> = {
    'as JSON': { headers: json, body: GOOD },
    'as JSON that names its charset': {
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: GOOD,
    },
    'in chunks, without a length': { headers: json, body: GOOD, chunked: true },
    'of 16 KiB': { headers: json, body: jsonOf(KIBIBYTES_16) },
    'compressed with gzip': { headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(GOOD) },
    'compressed with deflate': {
      headers: { ...json, 'content-encoding': 'deflate' },
      body: deflateSync(GOOD),
    },
    'compressed with br': { headers: { ...json, 'content-encoding': 'br' }, body: brotliCompressSync(GOOD) },
  };
  for (const [how, request] of Object.entries(accepted)) {
    it(`${how} is read`, async () => {
      const { status, text } = await post(request);
      assert.deepEqual([status, text], [200, GOOD]);
    });
  }

  const gzip = { ...json, 'content-encoding': 'gzip' };
  const refused: [how: string, status: number, code: string, request: Call][] = [
    ['that is not JSON', 400, 'malformed_json', { headers: json, body: '{"amount":' }],
    ['that is empty', 400, 'malformed_json', { headers: json, body: '', chunked: true }],
    [
      'that is not UTF-8',
      400,
      'malformed_json',
      { headers: json, body: Buffer.from('{"amount":"\xff"}', 'latin1') },
    ],
    ['whose gzip is corrupt', 400, 'malformed_json', { headers: gzip, body: 'no gzip at all' }],
    [
      'whose gzip is cut short',
      400,
      'malformed_json',
      { headers: gzip, body: gzipSync(GOOD).subarray(0, -9) },
    ],
    ['without a content type', 415, 'unsupported_media_type', { body: GOOD }],
    [
      'as a form',
      415,
      'unsupported_media_type',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'amount=5' },
    ],
    ['as text', 415, 'unsupported_media_type', { headers: { 'content-type': 'text/plain' }, body: GOOD }],
    [
      'in an encoding that is not known',
      415,
      'unsupported_media_type',
      { headers: { ...json, 'content-encoding': 'zstd-9' }, body: GOOD },
    ],
    ['of one byte over 16 KiB', 413, 'body_too_large', { headers: json, body: jsonOf(KIBIBYTES_16 + 1) }],
    [
      'of one byte over 16 KiB in chunks',
      413,
      'body_too_large',
      { headers: json, body: jsonOf(KIBIBYTES_16 + 1), chunked: true },
    ],
    [
      'that unpacks to 50 MB',
      413,
      'body_too_large',
      { headers: gzip, body: gzipSync(Buffer.alloc(50e6, ' ')) },
    ],
    [
      'that unpacks to too much and is corrupt too',
      413,
      'body_too_large',
      { headers: gzip, body: corruptInTheEnd(gzipSync(Buffer.alloc(40_000, ' '))) },
    ],
    ['that is no object', 422, 'invalid_body', { headers: json, body: '5' }],
    ['with a field that is wrong', 422, 'invalid_body', { headers: json, body: '{"amount":"5"}' }],
    ['with a key twice', 400, 'malformed_json', { headers: json, body: '{"amount":1,"amount":1000}' }],
    [
      'with a number that is rounded to an integer',
      422,
      'invalid_body',
      { headers: json, body: '{"amount":1999.9999999999999999}' },
    ],
    ['without a field that is required', 422, 'invalid_body', { headers: json, body: '{}' }],
    [
      'with a field that is not known',
      422,
      'invalid_body',
      { headers: json, body: '{"amount":5,"discount":9}' },
    ],
  ];
  for (const [how, status, code, request] of refused) {
    it(`${how} is refused with ${status}, and the next one is read`, async () => {
      const reply = await post(request);
      assert.deepEqual([reply.status, reply.body['code']], [status, code]);
      assert.match(reply.headers['content-type'] ?? '', /^application\/problem\+json/);
      assert.equal((await post({ headers: json, body: GOOD })).status, 200);
    });
  }

  it('that is not valid is refused with each field that is wrong', async () => {
    const { body } = await post({ headers: json, body: '{"amount":0,"discount":9}' });
    assert.deepEqual(body['errors'], [
      { field: 'amount', message: 'must be at least 1' },
      { field: 'discount', message: 'is not known' },
    ]);
  });

  it('that lacks a field is told so, and not what its value must be', async () => {
    const { body } = await post({ headers: json, body: '{}' });
    assert.deepEqual(body['errors'], [{ field: 'amount', message: 'is required' }]);
  });
});
