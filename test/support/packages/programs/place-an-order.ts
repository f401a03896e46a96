// A customer elsewhere, by the published client.
import { randomUUID } from 'node:crypto';
import { ApiProblem, createCustomerClient, fetchTransport } from '@gozon/client';
import type { OrderReply } from '@gozon/contracts/http/orders-api';
import { ROUTES } from '@gozon/contracts/values/routes';

const { GATEWAY_URL = '' } = process.env;
const userId = randomUUID();
const customer = createCustomerClient(
  userId,
  fetchTransport({ baseUrl: GATEWAY_URL, headers: { 'X-User-Id': userId } }),
);

const refused: unknown = await customer.account().catch((error) => error instanceof ApiProblem && error.code);
await customer.openAccount();
await customer.topUp(5_000n);
const changes = await customer.follow();
const key = { idempotencyKey: randomUUID() };
const placed: OrderReply = await customer.placeOrder({ amount: 1_999n, description: 'A book' }, key);
const repeat = await customer.placeOrder({ amount: 1_999n, description: 'A book' }, key);
for await (const { order } of changes) if (order.status === 'paid') break;
const { balance }: { balance: bigint } = await customer.call(ROUTES.getAccount, { params: { userId } });
console.log(
  JSON.stringify({ refused, isOneOrder: placed.orderId === repeat.orderId, balance: String(balance) }),
);
