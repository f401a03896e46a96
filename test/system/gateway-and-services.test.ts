import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ApiRequest } from '@gozon/client';
import type { ProblemCode } from '#contracts/http/problem-codes.ts';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Link } from '#tools/testbed/tcp-proxy.ts';

/** How soon the API must work again, in ms: a kept connection that stays silent costs one request its 10 s. */
const WELL_WITHIN = 60_000;

/** Every route that needs what is behind the link, of one customer. */
const ordersRoutes = (): ApiRequest[] => [
  { method: 'POST', path: '/api/orders', body: { amount: 1 } },
  { method: 'GET', path: '/api/orders' },
  { method: 'GET', path: `/api/orders/${randomUUID()}` },
];
const paymentsRoutes = (userId: string): ApiRequest[] => [
  { method: 'POST', path: '/api/payments/accounts', body: {} },
  { method: 'POST', path: `/api/payments/accounts/${userId}/top-up`, body: { amount: 1 } },
  { method: 'GET', path: `/api/payments/accounts/${userId}` },
];

describe('the API over a broken link', function () {
  this.timeout(WELL_WITHIN + 60_000);
  const system = withSharedSystem();

  const ways: [
    what: string,
    linkOf: (links: System['links']) => Link,
    routes: (userId: string) => ApiRequest[],
    silence: ProblemCode,
  ][] = [
    ['from the gateway to orders', (links) => links.gatewayToOrders, ordersRoutes, 'upstream_timeout'],
    ['from the gateway to payments', (links) => links.gatewayToPayments, paymentsRoutes, 'upstream_timeout'],
    ['from orders to PostgreSQL', (links) => links.ordersToPostgres, ordersRoutes, 'unavailable'],
    ['from payments to PostgreSQL', (links) => links.paymentsToPostgres, paymentsRoutes, 'unavailable'],
  ];
  for (const [what, linkOf, routes, silence] of ways) {
    it(`answers with a problem while the link ${what} is cut, and well once it is healed`, async () => {
      const link = linkOf(system().links);
      const customer = await openCustomer(system(), 100n);
      await allAnswer(routes(customer.userId), customer.userId);
      await link.cut();
      await allRefuse(routes(customer.userId), customer.userId, 503, 'unavailable');
      await link.heal();
      await allAnswer(routes(customer.userId), customer.userId);
    });

    it(`answers with a problem while the link ${what} is silent, and well once it is healed, though old connections stay silent`, async () => {
      const link = linkOf(system().links);
      const customer = await openCustomer(system(), 100n);
      await allAnswer(routes(customer.userId), customer.userId);
      link.halfOpen();
      await allRefuse(
        routes(customer.userId),
        customer.userId,
        silence === 'unavailable' ? 503 : 504,
        silence,
      );
      await link.heal('stays silent');
      await allAnswer(routes(customer.userId), customer.userId);
    });
  }

  /** All at once, so that several kept connections are tried; a refusal by a rule of the shop is an answer too. */
  async function allAnswer(requests: readonly ApiRequest[], userId: string): Promise<void> {
    await eventually(
      'all routes to answer',
      async () => {
        const replies = await Promise.all(
          requests.map(async (request) => system().client.as(userId).send(request)),
        );
        const statuses = replies.map(({ status }) => status);
        assert.ok(
          statuses.every((status) => status < 500),
          `answered ${statuses.join(', ')}`,
        );
        return true;
      },
      { within: WELL_WITHIN },
    );
  }

  async function allRefuse(
    requests: readonly ApiRequest[],
    userId: string,
    status: number,
    code: ProblemCode,
  ): Promise<void> {
    const replies = await Promise.all(
      requests.map(async (request) => system().client.as(userId).send(request)),
    );
    for (const reply of replies) {
      assert.equal(reply.headers['content-type'], 'application/problem+json');
      const problem = reply.body as { status: number; code: ProblemCode };
      assert.deepEqual([reply.status, problem.status, problem.code], [status, status, code]);
    }
  }
});
