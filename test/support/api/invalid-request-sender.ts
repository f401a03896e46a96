import assert from 'node:assert/strict';
import type { Customer } from '@gozon/client';
import { Pool } from 'undici';
import { api } from '#contracts/http/api.ts';
import { problemBody } from '#contracts/http/problem-codes.ts';
import { writeOpenApi } from '#gateway/openapi/write-openapi.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';
import { withSharedSystem } from '../system/shared-system.ts';
import type { InvalidRequest } from './invalid-request.ts';
import { assertNoLeaks } from './no-leaks.ts';
import { rowsOf } from './rows.ts';

const documented = writeOpenApi(api, { version: 'test', identity: 'dev', currency: 'EUR' }) as {
  readonly paths: Record<
    string,
    Record<
      string,
      { responses: Record<string, { content?: Record<string, { examples?: Record<string, unknown> }> }> }
    >
  >;
};

/** A customer with money, and a gateway that takes their invalid requests without a rate limit. */
export function withInvalidRequests() {
  const system = withSharedSystem();
  const stack = new AsyncDisposableStack();
  let customer: Customer;
  let connections: Pool;
  before(async () => {
    customer = await openCustomer(system(), 100n);
    // One customer sends all requests, faster than a customer normally may.
    const gateway = stack.use(await startExtraProcess(system(), 'gateway', { RATE_LIMIT_PER_USER: '10000' }));
    connections = new Pool(gateway.url, { connections: 4 });
  });
  after(async () => {
    await connections.destroy();
    await stack.disposeAsync();
  });

  return { system, customer: () => customer, refused, send };

  /** Sends an invalid request, and asserts that it is refused as expected and changes nothing. */
  async function refused(request: InvalidRequest, identity?: Record<string, string>) {
    const before = await rowsOf(system(), customer.userId);
    const reply = await send(request, customer.userId, identity);
    assert.equal(reply.status, request.status, reply.text);
    assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
    const problem = problemBody.parse(JSON.parse(reply.text));
    assert.deepEqual(
      [problem.status, problem.code, problem.type, problem.errors?.[0]?.field],
      [request.status, request.code, `urn:gozon:problem:${request.code}`, request.field],
    );
    assert.equal(problem.requestId, reply.headers['x-request-id']);
    assert.ok(problem.detail.length > 0);
    assertDocumented(request, problem.status, problem.code);
    assertNoLeaks(system(), reply.text);
    assert.deepEqual(await rowsOf(system(), customer.userId), before);
    return reply;
  }

  /** Asserts that the document has this refusal, for a route and method that exist. */
  function assertDocumented({ method = 'GET', path }: InvalidRequest, status: number, code: string): void {
    const wanted = path.split('?')[0]?.split('/') ?? [];
    const route = api.find((each) => {
      const parts = each.path.split('/');
      return (
        each.method.toUpperCase() === method &&
        parts.length === wanted.length &&
        parts.every((part, at) => part.startsWith('{') || part === wanted[at])
      );
    });
    if (!route) return;
    const responses = documented.paths[route.path]?.[route.method]?.responses[status];
    const codes = Object.keys(responses?.content?.['application/problem+json']?.examples ?? {});
    assert.ok(codes.includes(code), `${route.method} ${route.path} does not document ${status} ${code}`);
  }

  async function send(
    { method = 'GET', path, headers, body }: Pick<InvalidRequest, 'method' | 'path' | 'headers' | 'body'>,
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
}
