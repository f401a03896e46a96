import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { followOrdersRoute } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { requireUser } from '#platform/http/identity.ts';
import { limitStreams } from '#platform/http/limits/limit-streams.ts';
import type { Handler } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import { sendJson } from '#platform/http/send-json.ts';
import { capacity, connectionCapacity } from '#platform/process/capacity.ts';
import { holdRequests } from '#test/support/hold-requests.ts';
import { SERVICE_SECRET, call, serveTestService } from '#test/support/test-service.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const headers = { 'x-service-secret': SERVICE_SECRET, 'x-user-id': newId() };

const passOn: Handler = async (_ctx, next) => next();

/** Streams that say one thing and then nothing, at the path of the real ones. */
async function serveStreams(
  most: number,
  { signal = new AbortController().signal, before = passOn }: { signal?: AbortSignal; before?: Handler } = {},
) {
  return serveTestService((router) => {
    router.use(requireUser, before);
    router.use(followOrdersRoute.path, limitStreams({ most, signal }));
    bindRoute(router, followOrdersRoute, async () => {
      const body = new Readable({ read() {} });
      body.push(': connected\n\n');
      return { body };
    });
    router.post('/api/orders', (ctx) => sendJson(ctx, 201, {}));
  });
}

async function open(url: string) {
  const closed = new AbortController();
  const reply = await fetch(`${url}${followOrdersRoute.path}`, { headers, signal: closed.signal });
  const { value } = (await reply.body?.getReader().read()) ?? {};
  return { reply, first: new TextDecoder().decode(value), close: () => closed.abort() };
}

const refused = ({ reply }: Awaited<ReturnType<typeof open>>) => [
  reply.status,
  Number(reply.headers.get('retry-after')) > 0,
];

describe('a stream', () => {
  it('arrives at once, and tells a proxy like nginx to pass it on at once', async () => {
    await using service = await serveStreams(1);
    const { reply, first, close } = await open(service.url);
    assert.deepEqual([reply.status, first], [200, ': connected\n\n']);
    assert.equal(reply.headers.get('x-accel-buffering'), 'no');
    close();
  });

  it('is refused when too many are open, and never takes the place of a request', async () => {
    await using service = await serveStreams(2);
    const [one, other] = await Promise.all([open(service.url), open(service.url)]);
    assert.deepEqual(refused(await open(service.url)), [503, true]);
    assert.equal((await call(`${service.url}/api/orders`, { method: 'POST', headers })).status, 201);
    one.close();
    const next = await eventually('there to be room again', async () => {
      const stream = await open(service.url);
      return stream.reply.status === 200 && stream;
    });
    for (const { close } of [other, next]) close();
  });

  it('whose client leaves before it begins takes no place', async () => {
    const identifying = holdRequests();
    await using service = await serveStreams(1, { before: identifying.handler });
    await identifying.leaveMeanwhile(`${service.url}${followOrdersRoute.path}`, headers);
    const { reply, close } = await open(service.url);
    assert.equal(reply.status, 200);
    close();
  });

  it('is refused while the service stops, in which requests are still served', async () => {
    await using service = await serveStreams(2, { signal: AbortSignal.abort() });
    assert.deepEqual(refused(await open(service.url)), [503, true]);
    assert.equal((await call(`${service.url}/api/orders`, { method: 'POST', headers })).status, 201);
  });
});

describe('the capacity of a process', () => {
  for (const [mebibytes, streams, connections] of [
    [256, 1_024, 3_072],
    [384, 1_536, 4_608],
    [1_024, 4_096, 12_288],
    [65_536, 4_096, 12_288],
  ] as const) {
    it(`is ${streams} streams, as many requests, and ${connections} connections in ${mebibytes} MiB`, () => {
      assert.equal(capacity(mebibytes * 2 ** 20), streams);
      assert.equal(connectionCapacity(mebibytes * 2 ** 20), connections);
    });
  }
});
