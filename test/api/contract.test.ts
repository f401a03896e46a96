import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ApiReply, ApiRequest, Customer } from '@gozon/client';
import { Validator } from '@seriousme/openapi-schema-validator';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { api } from '#contracts/http/api.ts';
import { PROBLEM_CODES } from '#contracts/http/problem-codes.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { writeAsyncApi } from '#gateway/asyncapi/write-asyncapi.ts';
import { writeOpenApi } from '#gateway/openapi/write-openapi.ts';
import { escaped, schemaAt } from '#test/support/document-schema.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const CSV = ['exportStatement', 'exportSettlements'];

describe('the OpenAPI document', () => {
  const system = withSharedSystem();
  let document: Record<string, unknown>;
  before(async () => {
    const reply = await system().client.send({ method: 'GET', path: '/openapi.json' });
    document = JSON.parse(toJson(reply.body)) as Record<string, unknown>;
  });

  it('serves the OpenAPI document that is written from the contracts', () => {
    assert.deepEqual(document, writeOpenApi(api, { version: '0.1.0', identity: 'dev', currency: 'EUR' }));
  });

  it('writes valid OpenAPI 3.1 for either identity', async () => {
    for (const identity of ['dev', 'jwt'] as const) {
      const written = writeOpenApi(api, { version: '0.1.0', identity, currency: 'EUR' });
      const { valid, errors } = await new Validator().validate(structuredClone(written));
      assert.ok(valid, JSON.stringify(errors));
    }
  });

  it('describes every route once, with its security and its refusals', () => {
    const paths = document['paths'] as Record<
      string,
      Record<string, { security: unknown[]; responses: object }>
    >;
    const written = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    assert.deepEqual(written.toSorted(), api.map(({ method, path }) => `${method} ${path}`).toSorted());
    for (const { security, responses } of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      assert.equal(security.length, 1);
      for (const status of ['400', '401', '429', '503', '504']) assert.ok(status in responses, status);
    }
  });

  it('promises replayed replies for the POST routes of customers, and for no others', () => {
    const paths = document['paths'] as Record<
      string,
      Record<string, { responses: Record<string, { headers?: object }> }>
    >;
    const keeping = api.filter(({ method, path, reply }) => {
      const headers = paths[path]?.[method]?.responses[reply.status]?.headers ?? {};
      return 'Idempotent-Replayed' in headers;
    });
    assert.deepEqual(
      keeping.map(({ id }) => id),
      ['openAccount', 'topUpAccount', 'placeOrder', 'cancelOrder', 'captureOrder', 'refundOrder'],
    );
  });

  it('lists every error code', () => {
    const schemas = (document['components'] as { schemas: Record<string, unknown> }).schemas;
    const { properties } = schemas['Problem'] as { properties: { code: { enum: string[] } } };
    assert.deepEqual(properties.code.enum, Object.keys(PROBLEM_CODES));
  });

  it('describes every field of every reply', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const paid = await customer.placeOrder({ amount: 600n, description: 'A book' });
    const declined = await customer.placeOrder({ amount: 10_000n });
    const refunded = await customer.placeOrder({ amount: 10n });
    const held = await customer.placeOrder({ amount: 10n, captureMethod: 'manual' });
    await Promise.all(
      [paid, declined, refunded, held].map(async ({ orderId }) =>
        eventually(
          'the order to be decided',
          async () => (await customer.order(orderId)).status !== 'created',
        ),
      ),
    );
    const account = `/api/payments/accounts/${customer.userId}`;
    const requestsOf: Record<string, ApiRequest[]> = {
      topUpAccount: [{ method: 'POST', path: `${account}/top-up`, body: { amount: 1 } }],
      listAccounts: [{ method: 'GET', path: '/api/payments/accounts' }],
      getAccount: [{ method: 'GET', path: account }],
      getStatement: [
        { method: 'GET', path: `${account}/statement` },
        { method: 'GET', path: `${account}/statement?limit=1` },
      ],
      placeOrder: [
        { method: 'POST', path: '/api/orders', body: { amount: 1 } },
        {
          method: 'POST',
          path: '/api/orders',
          body: { amount: 1, description: 'x', userId: customer.userId },
        },
      ],
      listOrders: [
        { method: 'GET', path: '/api/orders?limit=1' },
        { method: 'GET', path: '/api/orders?status=failed' },
      ],
      getOrder: [paid, declined, held].map(({ orderId }) => ({
        method: 'GET',
        path: `/api/orders/${orderId}`,
      })),
      captureOrder: [{ method: 'POST', path: `/api/orders/${held.orderId}/capture`, body: { amount: 4 } }],
      refundOrder: [
        { method: 'POST', path: `/api/orders/${paid.orderId}/refunds`, body: { amount: 1, reason: 'x' } },
      ],
      listRefunds: [paid, held].map(({ orderId }) => ({
        method: 'GET',
        path: `/api/orders/${orderId}/refunds`,
      })),
      cancelOrder: [{ method: 'POST', path: `/api/orders/${paid.orderId}/cancel` }],
      getTimeline: [paid, declined, held].map(({ orderId }) => ({
        method: 'GET',
        path: `/api/orders/${orderId}/timeline`,
      })),
      getSystem: [{ method: 'GET', path: '/api/system' }],
      getSystemHistory: [
        { method: 'GET', path: '/api/system/history' },
        { method: 'GET', path: '/api/system/history?after=2026-11-22T18:51:26.000Z' },
      ],
      redrive: [
        { method: 'POST', path: '/api/system/redrive', body: { reason: 'x' } },
        { method: 'POST', path: '/api/system/redrive', body: { deadLetters: true, reason: 'x', as: 'me' } },
      ],
      listDeadLetters: [{ method: 'GET', path: '/api/system/dead-letters' }],
      skipDeadLetters: [
        {
          method: 'POST',
          path: '/api/system/dead-letters/skip',
          body: { partition: 0, offset: 0, reason: 'x' },
        },
      ],
      reconcile: [
        { method: 'POST', path: '/api/system/reconcile', body: { reason: 'x' } },
        {
          method: 'POST',
          path: '/api/system/reconcile',
          body: { since: '2026-11-22T18:51:26.000Z', dryRun: true },
        },
      ],
      restoreOrder: [
        { method: 'POST', path: '/api/system/restored-orders', body: { orderId: paid.orderId, reason: 'x' } },
      ],
      findOrders: [
        { method: 'GET', path: '/api/system/orders?limit=2' },
        {
          method: 'GET',
          path: `/api/system/orders?orderId=${paid.orderId}&userId=${customer.userId}&placedAfter=2026-01-01T00:00:00Z&placedBefore=2100-01-01T00:00:00Z`,
        },
      ],
      cancelForCustomer: [
        { method: 'POST', path: `/api/system/orders/${refunded.orderId}/cancel`, body: { reason: 'x' } },
      ],
      listOperatorActions: [{ method: 'GET', path: '/api/system/actions?limit=1' }],
    };
    for (const [id, requests] of Object.entries(requestsOf)) {
      for (const request of requests) fits(id, await customer.send(request));
    }
    const opened = { method: 'POST', path: '/api/payments/accounts' } as const;
    fits('openAccount', await system().client.as(randomUUID()).send(opened));
    const followed = await followOne(customer, system().client.baseUrl);
    const event = validatorOf(
      `#/paths/${escaped('/api/orders/events')}/get/responses/200/content/text~1event-stream/schema`,
    );
    assert.ok(event(followed), JSON.stringify(event.errors));
    const order = validatorOf('#/components/schemas/Order');
    assert.ok(order(JSON.parse(followed.data)), JSON.stringify(order.errors));
    // Every route has a request above, or is in csv.test.ts.
    assert.deepEqual(
      [...Object.keys(requestsOf), ...CSV, 'openAccount', 'followOrders'].toSorted(),
      api.map(({ id }) => id).toSorted(),
    );
  });

  it('describes every field of a problem', async () => {
    const problem = validatorOf('#/components/schemas/Problem');
    const { body } = await system()
      .client.as(randomUUID())
      .send({ method: 'POST', path: '/api/orders', body: { amount: 0 } });
    assert.ok(problem(body), JSON.stringify(problem.errors));
    assert.ok(!problem({ ...(body as object), stack: 'at …' }));
  });

  function fits(id: string, reply: ApiReply): void {
    const contract = api.find((route) => route.id === id);
    assert.ok(contract);
    const { method, path } = contract;
    const { status } = contract.reply;
    assert.equal(reply.status, status, `${id}: ${toJson(reply.body)}`);
    const validate = validatorOf(
      `#/paths/${escaped(path)}/${method}/responses/${status}/content/application~1json/schema`,
    );
    assert.ok(validate(JSON.parse(toJson(reply.body))), `${id}: ${JSON.stringify(validate.errors)}`);
    for (const name of Object.keys(contract.reply.headers ?? {})) {
      assert.ok(reply.headers[name.toLowerCase()] !== undefined, `${id} has no ${name}`);
    }
  }

  /** It fails for a field that the document does not name. */
  function validatorOf(pointer: string) {
    return schemaAt(document, pointer);
  }
});

describe('the AsyncAPI document', () => {
  const system = withSharedSystem();

  it('is served as it is written from the events, beside the OpenAPI document, which refers to it', async () => {
    const [about, openApi, asyncApi] = await Promise.all(
      ['/', '/openapi.json', '/asyncapi.json'].map(async (path) => {
        const reply = await fetch(new URL(path, system().client.baseUrl));
        assert.equal(reply.status, 200);
        return (await reply.json()) as { asyncapi: string; externalDocs: { url: string } };
      }),
    );
    assert.deepEqual(asyncApi, writeAsyncApi({ version: '0.1.0', currency: 'EUR' }));
    assert.deepEqual([about?.asyncapi, openApi?.externalDocs.url], ['/asyncapi.json', '/asyncapi.json']);
  });
});

describe('Swagger UI', () => {
  const system = withSharedSystem();
  const get = async (path: string) => fetch(new URL(path, system().client.baseUrl), { redirect: 'manual' });

  it('redirects the earlier system’s address to Swagger UI', async () => {
    const reply = await get('/gw-swagger');
    assert.deepEqual([reply.status, reply.headers.get('location')], [302, '/swagger']);
  });

  it('loads Swagger UI from this gateway only, under a policy that allows nothing else', async () => {
    const page = await get('/swagger');
    assert.equal(page.status, 200);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none';/);
    assert.doesNotMatch(policy, /https?:|\*|unsafe-eval/);
    const html = await page.text();
    assert.doesNotMatch(
      html,
      /<script>|\son\w+=|https?:\/\//,
      'it has an inline script, or loads from another origin',
    );
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
    assert.equal(files.length, 4);
    for (const file of files) {
      const reply = await get(file);
      assert.equal(reply.status, 200, file);
      const type = reply.headers.get('content-type') ?? '';
      assert.match(type, /^(text\/css|text\/javascript|application\/javascript|image\/png)/, file);
      // A style sheet loads nothing: its images are data: URLs.
      if (type.startsWith('text/css'))
        assert.ok(!/@import|url\((?!["']?data:)/.test(await reply.text()), file);
    }
    const start = await (await get('/swagger/init.js')).text();
    assert.match(start, /url: '\/openapi\.json'/);
    assert.match(start, /validatorUrl: null/);
  });
});

async function followOne({ userId }: Customer, baseUrl: string) {
  const stop = new AbortController();
  const { body } = await fetch(new URL('/api/orders/events', baseUrl), {
    headers: { 'X-User-Id': userId, 'Last-Event-ID': '0' },
    signal: stop.signal,
  });
  assert.ok(body);
  const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const { value } = await events.getReader().read();
  stop.abort();
  assert.ok(value);
  return value;
}
