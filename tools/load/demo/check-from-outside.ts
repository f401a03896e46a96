import { randomUUID } from 'node:crypto';
import { refusal } from '@gozon/client';
import type { ApiReply, ApiRequest } from '@gozon/client';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { tally } from '#tools/invariants/check-result.ts';
import type { CheckResult } from '#tools/invariants/check-result.ts';
import { countTraces } from '#tools/invariants/traces.queries.ts';
import type { Databases } from '../databases.ts';
import type { GozonClient } from '../generate/gozon-client.ts';
import { repeatUntilAnswered } from '../generate/repeat-until-answered.ts';

/** I8: makes requests that must be refused, as a user who is nobody yet, and looks for what they left behind. */
export async function checkRefusals(gozon: GozonClient, databases: Databases): Promise<CheckResult> {
  const refusals = tally({
    id: 'I8',
    things: 'refused requests',
  });
  const userId = randomUUID();
  for (const request of requestsToRefuse(userId)) {
    const headers = { 'Idempotency-Key': randomUUID(), ...request.headers };
    const { status } = await answerTo(async () => gozon.as(userId).send({ ...request, headers }));
    refusals.count();
    if (status < 400 || status >= 500) {
      refusals.breach(`${request.method} ${request.path} with ${request.body} was answered ${status}`);
    }
  }
  const traces = await countTraces(databases, userId);
  for (const [table, rows] of Object.entries(traces)) {
    if (rows > 0) refusals.breach(`${rows} rows of ${table} are left of requests that were refused`);
  }
  return refusals.result();
}

function requestsToRefuse(userId: string): (ApiRequest & { body: string })[] {
  const order = (body: string) => ({ method: 'POST', path: '/api/orders', body }) as const;
  const account = (body: string) => ({ method: 'POST', path: '/api/payments/accounts', body }) as const;
  const topUp = (who: string, body: string) =>
    ({ method: 'POST', path: `/api/payments/accounts/${who}/top-up`, body }) as const;
  const other = randomUUID();
  return [
    order('{'),
    order('{}'),
    order('{"amount":0}'),
    order('{"amount":-100}'),
    order('{"amount":0.5}'),
    order('{"amount":"100"}'),
    order('{"amount":1000000000001}'),
    order('{"amount":9223372036854775808}'),
    order('{"amount":100,"discount":100}'),
    order(`{"amount":100,"description":"${'x'.repeat(501)}"}`),
    order('{"amount":100,"description":"NUL \\u0000"}'),
    order(`{"amount":100,"userId":"${other}"}`),
    { ...order('{"amount":100}'), headers: { 'Content-Type': 'text/plain' } },
    { ...order('{"amount":100}'), headers: { 'Idempotency-Key': 'x'.repeat(256) } },
    account(`{"userId":"${other}"}`),
    account('{"currency":"XXX"}'),
    topUp(userId, '{"amount":100}'),
    topUp(userId, '{"amount":-100}'),
    topUp(other, '{"amount":100}'),
  ];
}

/** I12: asks for other people's orders and accounts. Another's order must be exactly as absent as one that never was. */
export async function checkPrivacy(gozon: GozonClient, orders: readonly OrderReply[]): Promise<CheckResult> {
  const privacy = tally({
    id: 'I12',
    things: 'requests for another’s data',
  });
  const stranger = gozon.as(randomUUID(), 'customer');
  const absentId = randomUUID();
  const get = async (path: string) => answerTo(async () => stranger.send({ method: 'GET', path }));
  const absent = await get(`/api/orders/${absentId}`);
  const wanted = comparable(absent, absentId);
  for (const { orderId, userId } of orders) {
    privacy.count();
    const reply = await get(`/api/orders/${orderId}`);
    if (reply.status !== 404 || comparable(reply, orderId) !== wanted) {
      privacy.breach(`a stranger can tell that order ${orderId} is there: ${comparable(reply, orderId)}`);
    }
    privacy.count();
    const account = await get(`/api/payments/accounts/${userId}`);
    if (account.status !== 403)
      privacy.breach(`a stranger asked for the account ${userId}: ${account.status}`);
  }
  if (orders.length > 0) {
    privacy.count();
    const { items } = await stranger.orders();
    if (items.length > 0) privacy.breach(`a stranger's list holds ${items.length} orders`);
  }
  return privacy.result();
}

/** How long an outage or a limit is waited for, in ms. Neither is an answer that a breach could be seen in. */
const TIMEOUT = 60_000;

async function answerTo(ask: () => Promise<ApiReply>): Promise<ApiReply> {
  const attempt = async () => {
    const reply = await ask();
    if ([429, 502, 503, 504].includes(reply.status)) throw refusal(reply);
    return reply;
  };
  return repeatUntilAnswered(attempt, { timeout: TIMEOUT, signal: new AbortController().signal });
}

/** A reply without what must differ from one request to the next. */
function comparable({ status, headers, body }: ApiReply, orderId: string): string {
  const names = Object.keys(headers).toSorted().join(' ');
  const { requestId: _, ...rest } = body as Record<string, unknown>;
  return `${status} ${toJson(rest).replaceAll(orderId, 'ID')} ${names}`;
}
