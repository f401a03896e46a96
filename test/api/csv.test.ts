import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('a file of CSV from the gateway', function () {
  this.timeout(60_000);
  const system = withSharedSystem();
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const reply = await fetch(new URL(path, system().client.baseUrl), { headers });
    return { status: reply.status, headers: reply.headers, text: await reply.text() };
  };

  it('has a customer’s statement, and nobody else’s', async () => {
    const customer = await openCustomer(system(), 1_000n);
    const { orderId } = await customer.placeOrder({ amount: 60n });
    await eventually('it to be paid', async () => (await customer.order(orderId)).status === 'paid');
    const path = `/api/payments/accounts/${customer.userId}/statement.csv`;
    const { status, headers, text } = await ask(path, { 'X-User-Id': customer.userId });
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.equal(headers.get('content-disposition'), 'attachment; filename="statement.csv"');
    const { items } = await customer.statement();
    const rows = items.map(({ postingId, createdAt, kind, orderId: of, amount, balanceAfter }) =>
      [postingId, createdAt, kind, of ?? '', amount, balanceAfter, 'EUR', 2].join(','),
    );
    assert.equal(
      text,
      ['postingId,createdAt,kind,orderId,amount,balanceAfter,currency,currencyDigits', ...rows, ''].join(
        '\r\n',
      ),
    );
    const other = await ask(path, { 'X-User-Id': randomUUID() });
    assert.equal(other.status, 403);
    const nobody = randomUUID();
    const none = await ask(`/api/payments/accounts/${nobody}/statement.csv`, { 'X-User-Id': nobody });
    assert.deepEqual(
      [none.status, (JSON.parse(none.text) as { code: string }).code],
      [404, 'account_not_found'],
    );
  });

  it('has what was settled of all customers, for merchants and operators only', async () => {
    const from = new Date(Date.now() - 1_000).toISOString();
    const customer = await openCustomer(system(), 1_000n);
    const debited = await customer.placeOrder({ amount: 60n });
    const held = await customer.placeOrder({ amount: 50n, captureMethod: 'manual' });
    await eventually('they to be decided', async () => {
      const orders = [await customer.order(debited.orderId), await customer.order(held.orderId)];
      return orders.map(({ status }) => status).join() === 'paid,authorized';
    });
    await customer.captureOrder(held.orderId, { amount: 20n });
    const { refundId } = await customer.refundOrder(debited.orderId, { amount: 10n });
    await eventually('all to be done', async () => {
      const refunds = (await customer.refunds(debited.orderId)).items;
      return refunds[0]?.status === 'succeeded' && (await customer.order(held.orderId)).status === 'paid';
    });
    const path = `/api/system/settled-orders.csv?from=${encodeURIComponent(from)}`;
    const asRole = async (roles: string) => ask(path, { 'X-User-Id': randomUUID(), 'X-User-Roles': roles });
    assert.equal((await asRole('customer')).status, 403);
    for (const role of ['merchant', 'operator']) {
      const { status, text } = await asRole(role);
      assert.equal(status, 200);
      const [header, ...lines] = text.split('\r\n');
      assert.equal(header, 'settledAt,kind,orderId,userId,refundId,amount,currency,currencyDigits');
      const own = lines
        .filter((line) => line.includes(customer.userId))
        .map((line) => line.slice(line.indexOf(',') + 1));
      const { userId } = customer;
      assert.deepEqual(
        own.toSorted(),
        [
          `debit,${debited.orderId},${userId},,60,EUR,2`,
          `capture,${held.orderId},${userId},,20,EUR,2`,
          `refund,${debited.orderId},${userId},${refundId},-10,EUR,2`,
        ].toSorted(),
      );
    }
    const noTime = 'must be a time in RFC 3339, such as 2026-11-22T18:51:26Z';
    for (const [query, field, message] of [
      ['', 'from', 'is required'],
      ['?from=yesterday', 'from', noTime],
      ['?from=2026-01-01T00:00:00Z&to=x', 'to', noTime],
      ['?from=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z', 'until', 'is not known'],
    ]) {
      const { status, text } = await ask(`/api/system/settled-orders.csv${query}`, {
        'X-User-Id': randomUUID(),
      });
      const { errors } = JSON.parse(text) as { errors: { field: string; message: string }[] };
      assert.deepEqual([status, errors], [400, [{ field, message }]]);
    }
  });

  it('has each of thousands of movements, while other requests are answered', async () => {
    const customer = await openCustomer(system(), 1_000n);
    await system().paymentsDb.query(
      'select top_up($1, 1, 1000000000000000, null, null) from generate_series(1, 3000)',
      [customer.userId],
    );
    const url = new URL(`/api/payments/accounts/${customer.userId}/statement.csv`, system().client.baseUrl);
    const [reply] = (await once(
      get(url, { headers: { 'X-User-Id': customer.userId }, agent: false }),
      'response',
    )) as [IncomingMessage];
    assert.equal((await customer.account()).balance, 4_000n);
    let lines = 0;
    for await (const chunk of reply) lines += String(chunk).split('\r\n').length - 1;
    assert.equal(lines, 1 + 3_000 + 1);
  });
});
