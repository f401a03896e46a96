import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Customer } from '@gozon/client';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { execa } from 'execa';
import { exportSPKI } from 'jose';
import type { JsonPayload } from '#contracts/http/codec-api.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import type { ProblemBody } from '#contracts/http/problem-codes.ts';
import { newId } from '#contracts/values/ids.ts';
import type { OrderStatus } from '#contracts/values/order-status.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { dataConverter } from '#temporal-config/data-converter.ts';
import { TASK_QUEUE } from '#temporal-config/names.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { payloadKeysSetting } from '#temporal-config/payload-keys.ts';
import { AUDIENCE, ISSUER, pairs, tokenOf } from '#test/support/issuer.ts';
import { DECIDED_WITHIN } from '#test/support/system/decided.ts';
import { assertInvariants } from '#test/support/system/invariants.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';
import { openTraceCollector, treeOf } from '#test/support/system/trace-collector.ts';
import type { TraceCollector } from '#test/support/system/trace-collector.ts';
import { PAID, withoutStream } from '#test/support/system/trace-of-an-order.ts';
import { temporalCli } from '#tools/stack/components/temporal.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';
import type { System } from '#tools/testbed/system.ts';

const { History } = proto.temporal.api.history.v1;
const { DescribeWorkflowExecutionResponse: Description } = proto.temporal.api.workflowservice.v1;

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [k1, k2, k3] = [key('k1'), key('k2'), key('k3')];
const payloadKeys = (text: string) => payloadKeysSetting.parse(text);

/** Long enough that no time, id or ciphertext has its digits by chance. */
const AMOUNT = 73_191_052_837n;
/** As payloads and texts show it. */
const AMOUNT_SHOWN = ['73191052837', '731910528.37'];

/** By which each service sends its spans. */
const OTLP = { gateway: 'http/protobuf', orders: 'http/json', payments: 'grpc', workflows: 'grpc' } as const;

/** A system of its own, whose keys change, and which records traces. */
describe('a system whose payloads are encrypted', function () {
  this.timeout(DECIDED_WITHIN + 60_000);
  let system: System;
  let keys = k1;
  let temporal: Connection;
  let collector: TraceCollector;
  before('a system with one key and a quick sweep is up', async () => {
    collector = await openTraceCollector();
    system = await startTestSystem({
      tell: (name) => ({
        ...collector.environment(OTLP[name]),
        ...(name === 'workflows' && { PAYLOAD_KEYS: keys }),
        ...(name === 'orders' && { SWEEP_EVERY: '1', SWEEP_AFTER: '2' }),
      }),
    });
    temporal = await Connection.connect({ address: system.temporalAddress });
  });
  after('every invariant holds', async () => {
    try {
      await assertInvariants(system);
    } finally {
      await temporal.close();
      await system[Symbol.asyncDispose]();
      await collector[Symbol.asyncDispose]();
    }
  });

  const handleOf = (workflowId: string) =>
    new Client({ connection: temporal, namespace: namespace.name }).workflow.getHandle(workflowId);

  /** All that Temporal stores of a workflow, as it comes over the wire. */
  async function storedOf(workflowId: string): Promise<Buffer> {
    const handle = handleOf(workflowId);
    const { raw } = await handle.describe();
    return Buffer.concat([
      History.encode(await handle.fetchHistory()).finish(),
      Description.encode(raw).finish(),
    ]);
  }

  async function assertHidden(workflowIds: readonly string[], words: readonly string[]): Promise<void> {
    for (const workflowId of workflowIds) {
      const stored = await storedOf(workflowId);
      assert.ok(stored.includes(workflowId) && stored.includes('binary/encrypted'));
      for (const word of words) assert.ok(!stored.includes(word), `${workflowId} shows ${word}`);
    }
  }

  async function until(customer: Customer, orderId: string, status: OrderStatus): Promise<void> {
    await eventually(
      `the order to be ${status}`,
      async () => (await customer.order(orderId)).status === status,
      { within: DECIDED_WITHIN },
    );
  }

  async function reserve(amount: bigint) {
    const customer = await openCustomer(system, 1_000_000_000_000n);
    const { orderId } = await customer.placeOrder({ amount, captureMethod: 'manual' });
    await until(customer, orderId, 'authorized');
    return { customer, orderId };
  }

  async function restartWith(now: string): Promise<void> {
    keys = now;
    const copies = system.copiesOf('workflows');
    await Promise.all(copies.map(async (copy) => copy.terminate()));
    await Promise.all(copies.map(async (copy) => copy.start()));
  }

  it('shows nothing of an automatic order in Temporal, when it is paid and refunded, or declined', async () => {
    const customer = await openCustomer(system, 100_000_000_000n);
    const { orderId } = await customer.placeOrder({ amount: AMOUNT });
    await until(customer, orderId, 'paid');
    await customer.cancelOrder(orderId);
    await until(customer, orderId, 'refunded');
    await assertHidden(
      [`order-${orderId}`, `cancel-${orderId}`],
      [customer.userId, ...AMOUNT_SHOWN, '"EUR"', 'completed', 'refunded'],
    );
    const declined = await customer.placeOrder({ amount: 173_191_052_837n });
    await until(customer, declined.orderId, 'failed');
    await assertHidden(
      [`order-${declined.orderId}`],
      [customer.userId, '173191052837', '1731910528.37', '"EUR"', 'insufficient_funds', 'declined'],
    );
  });

  it('shows nothing of a manual order in Temporal, and all of it in its timeline', async () => {
    const { customer, orderId } = await reserve(AMOUNT);
    await customer.captureOrder(orderId, { amount: 52_637_041_926n });
    await until(customer, orderId, 'paid');
    const { refundId } = await customer.refundOrder(orderId, {
      amount: 31_415_926_535n,
      reason: 'a scratch',
    });
    await eventually(
      'the refund',
      async () => (await customer.order(orderId)).amountRefunded === 31_415_926_535n,
    );
    const { captureBefore } = await customer.order(orderId);
    const amounts = [...AMOUNT_SHOWN, '52637041926', '526370419.26', '31415926535', '314159265.35'];
    await assertHidden(
      [`order-${orderId}`, `refund-${refundId}`],
      [customer.userId, ...amounts, '"EUR"', 'a scratch', 'payment.captured', String(captureBefore)],
    );
    await eventually('its timeline to be whole', async () => {
      const { entries } = await customer.timeline(orderId);
      const timer = entries.find(({ what }) => what === 'timer');
      assert.ok(timer?.what === 'timer');
      assert.equal(timer.detail.summary, `Until the hold ends: ${captureBefore}`);
      const steps = entries.filter(({ component }) => component === 'worker').map(({ what }) => what);
      assert.deepEqual(steps, ['authorize', 'report', 'capture', 'report', 'refund', 'report']);
      return true;
    });
  });

  it('records an order as one trace, by each protocol, in which nothing shows that is encrypted', async () => {
    const customer = await openCustomer(system, 1_000_000_000_000n);
    const { headers, body } = await customer.send({
      method: 'POST',
      path: '/api/orders',
      body: { amount: Number(AMOUNT) },
    });
    const { orderId } = body as OrderReply;
    await until(customer, orderId, 'paid');
    const traceId = String(headers['traceparent']).slice(3, 35);
    const spans = await eventually('the trace to be whole', () => {
      const found = collector.spans.filter((span) => span.traceId === traceId);
      assert.equal(treeOf(found).join('\n'), withoutStream(PAID));
      return found;
    });
    const words = [customer.userId, ...AMOUNT_SHOWN];
    for (const { name, attributes } of spans)
      for (const word of [...words, 'EUR'])
        assert.ok(!toJson({ name, attributes }).includes(word), `${name} shows ${word}`);
    // Paths of requests are recorded, and those of accounts have the customer's id.
    for (const amount of AMOUNT_SHOWN) assert.ok(!Buffer.concat(collector.received).includes(amount));
    await assertHidden([`order-${orderId}`], [...words, '"EUR"']);
    assert.ok((await storedOf(`order-${orderId}`)).includes(traceId));
  });

  it('shows nothing of why a step fails in Temporal, and its timeline does', async () => {
    const customer = await openCustomer(system, 1_000_000_000_000n);
    await system.links.workflowsToPaymentsDb.cut();
    const { orderId } = await customer.placeOrder({ amount: AMOUNT });
    const failure = await eventually('an attempt to have failed', async () => {
      const { entries } = await customer.timeline(orderId);
      const step = entries.find(({ what }) => what === 'debit');
      return (step?.what === 'debit' && step.detail.lastFailure) ?? false;
    });
    await assertHidden([`order-${orderId}`], [customer.userId, ...AMOUNT_SHOWN, failure]);
    await system.links.workflowsToPaymentsDb.heal();
    await until(customer, orderId, 'paid');
  });

  it('shows nothing of why a workflow failed in Temporal', async () => {
    const { workflow } = new Client({
      connection: temporal,
      namespace: namespace.name,
      dataConverter: dataConverter(payloadKeys(k1)),
    });
    const workflowId = `order-${newId()}`;
    const order = {
      orderId: newId(),
      userId: newId(),
      amount: String(AMOUNT),
      currency: 'EUR',
      traceparent: '',
    };
    const unasked = workflow.execute('payOrder', { workflowId, taskQueue: TASK_QUEUE, args: [order] });
    await assert.rejects(unasked, ({ cause }: Error) => {
      assert.ok(cause instanceof ApplicationFailure);
      assert.match(cause.message, /^orders did not ask to/);
      assert.ok(cause.stack);
      return true;
    });
    await assertHidden([workflowId], [order.userId, ...AMOUNT_SHOWN, 'did not ask', 'payment-activities.ts']);
  });

  describe('and decoded at the gateway', () => {
    const stack = new AsyncDisposableStack();
    let url: string;
    let withJwt: string;
    let encrypted: JsonPayload;
    before('two gateways decode, and an order is paid', async () => {
      const settings = { PAYLOAD_DECODING: 'true' };
      url = stack.use(await startExtraProcess(system, 'gateway', settings)).url;
      const jwt = {
        IDENTITY: 'jwt',
        JWT_ISSUER: ISSUER,
        JWT_AUDIENCE: AUDIENCE,
        JWT_PUBLIC_KEY: await exportSPKI(pairs.ES256.publicKey),
      };
      withJwt = stack.use(await startExtraProcess(system, 'gateway', { ...settings, ...jwt })).url;
      const customer = await openCustomer(system, 100_000_000_000n);
      ({ orderId } = await customer.placeOrder({ amount: AMOUNT }));
      await until(customer, orderId, 'paid');
      const { raw } = await handleOf(`order-${orderId}`).describe();
      const { metadata = {}, data } = raw.executionConfig?.userMetadata?.summary ?? {};
      encrypted = {
        metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, of]) => [name, base64(of)])),
        data: base64(data ?? ''),
      };
    });
    after(async () => stack.disposeAsync());
    let orderId: string;

    const base64 = (of: Uint8Array | string) => Buffer.from(of).toString('base64');
    const plain = { metadata: { encoding: base64('json/plain') }, data: base64('"Pay 731910528.37 EUR"') };

    async function decode(at: string, payloads: unknown, headers: Record<string, string> = {}) {
      const reply = await fetch(new URL('/api/temporal/decode?preserveStorageRefs=true', at), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Namespace': namespace.name, ...headers },
        body: JSON.stringify({ payloads }),
      });
      return { status: reply.status, headers: reply.headers, body: (await reply.json()) as ProblemBody };
    }

    it("are shown by Temporal's CLI", async () => {
      const show = async (...more: string[]) => {
        const address = ['--address', system.temporalAddress, '--namespace', namespace.name];
        const { stdout } = await execa(
          temporalCli(system.settings),
          ['workflow', 'show', '--workflow-id', `order-${orderId}`, '--output', 'json', ...address, ...more],
          { env: { TEMPORAL_DISABLE_CONFIG_FILE: 'true' }, extendEnv: false },
        );
        const shown = [...stdout.matchAll(/"data": "([^"]*)"/g)];
        return shown.map(([, data = '']) => Buffer.from(data, 'base64').toString()).join('\n');
      };
      assert.doesNotMatch(await show(), /73191052837/);
      assert.match(await show('--codec-endpoint', `${url}/api/temporal`), /"amount":"73191052837"/);
    });

    it('are decrypted, and plain ones stay as they are', async () => {
      const { status, body } = await decode(url, [encrypted, plain]);
      assert.deepEqual([status, body], [200, { payloads: [plain, plain] }]);
    });

    it('are decrypted for operators, and for nobody else', async () => {
      const as = async (roles: string[]) => {
        const token = await tokenOf({ roles })
          .setProtectedHeader({ alg: 'ES256' })
          .sign(pairs.ES256.privateKey);
        return decode(withJwt, [encrypted], { Authorization: `Bearer ${token}` });
      };
      assert.deepEqual((await as(['operator'])).body, { payloads: [plain] });
      const { status, body } = await as(['customer', 'merchant']);
      assert.deepEqual([status, body.code], [403, 'operator_only']);
      const unnamed = await decode(withJwt, [encrypted]);
      assert.deepEqual([unnamed.status, unnamed.body.code], [401, 'missing_identity']);
    });

    it('are refused with the field that is wrong, when they are none or no key fits', async () => {
      const changed = { ...encrypted, data: base64('something else, of some length') };
      const unknown = {
        ...changed,
        metadata: { ...encrypted.metadata, 'encryption-key-id': base64('lost') },
      };
      const refusals: [payloads: unknown, field: string, message: RegExp][] = [
        ['none', 'payloads', /^must be array$/],
        [[plain, { data: 'no base64!' }], 'payloads.1.data', /^must be base64$/],
        [[{ metadata: { encoding: 7 } }], 'payloads.0.metadata.encoding', /^must be base64$/],
        [[{ of: 'another kind' }], 'payloads.0.of', /^is not known$/],
        [Array.from({ length: 101 }, () => ({})), 'payloads', /^must be at most 100$/],
        [[plain, changed], 'payloads.1', /^the key "k2" of PAYLOAD_KEYS is not the one/],
        [[unknown], 'payloads.0', /^PAYLOAD_KEYS has no key "lost"$/],
      ];
      for (const [payloads, field, message] of refusals) {
        const { status, body } = await decode(url, payloads);
        assert.deepEqual([status, body.code, body.errors?.[0]?.field], [422, 'invalid_body', field]);
        assert.match(body.errors?.[0]?.message ?? '', message);
      }
      const large = await decode(url, [{ data: base64('x'.repeat(20_000)) }]);
      assert.deepEqual([large.status, large.body.code], [413, 'body_too_large']);
    });

    it('are not there unless the gateway was told to', async () => {
      const { status, body } = await decode(system.service('gateway').url, [encrypted]);
      assert.deepEqual([status, body.code], [404, 'not_found']);
    });
  });

  it('captures with another key what was reserved with the old one, as long as that is kept', async () => {
    const { customer, orderId } = await reserve(AMOUNT);
    await restartWith(`${k2},${k1}`);
    await customer.captureOrder(orderId, { amount: 52_637_041_926n });
    await until(customer, orderId, 'paid');
    await eventually('it to be stored by both keys', async () => {
      const stored = await storedOf(`order-${orderId}`);
      return stored.includes('k1') && stored.includes('k2');
    });
  });

  describe('and whose key is lost', () => {
    let first: Awaited<ReturnType<typeof reserve>>;
    let second: typeof first;
    before('two holds are open whose key is lost', async () => {
      first = await reserve(11_111n);
      second = await reserve(22_222n);
    });

    it('captures nothing when there is no key any more', async () => {
      await restartWith('');
      const { customer, orderId } = first;
      await customer.captureOrder(orderId);
      assert.match(await untilTaskFailed(orderId), /Unknown encoding: binary\/encrypted/);
      assert.equal((await customer.order(orderId)).status, 'authorized');
    });

    it('captures nothing when there is another key, says which key it lacks, and shows the rest in the timeline', async () => {
      await restartWith(k3);
      const { customer, orderId } = second;
      await customer.captureOrder(orderId);
      assert.equal(await untilTaskFailed(orderId), 'PAYLOAD_KEYS has no key "k2"');
      assert.equal((await customer.order(orderId)).status, 'authorized');
      assert.equal((await customer.account()).held, 22_222n);
      const { entries } = await customer.timeline(orderId);
      const timer = entries.find(({ what }) => what === 'timer');
      assert.ok(timer?.what === 'timer');
      assert.equal(timer.detail.summary, null);
    });

    /** @returns why, as far as the present key tells */
    async function untilTaskFailed(orderId: string): Promise<string> {
      const { encodedAttributes, message } = await eventually('its workflow task to fail', async () => {
        const { events } = await handleOf(`order-${orderId}`).fetchHistory();
        const failed = events?.find((event) => event.workflowTaskFailedEventAttributes);
        return failed?.workflowTaskFailedEventAttributes?.failure ?? undefined;
      });
      const [codec] = dataConverter(payloadKeys(keys)).payloadCodecs ?? [];
      if (!encodedAttributes || !codec) return String(message);
      const [decoded] = await codec.decode([encodedAttributes]);
      const { message: told } = JSON.parse(Buffer.from(decoded?.data ?? []).toString()) as {
        message: string;
      };
      return told;
    }

    it('pays other orders meanwhile', async () => {
      const customer = await openCustomer(system, 100n);
      const { orderId } = await customer.placeOrder({ amount: 42n });
      await until(customer, orderId, 'paid');
    });

    it('captures once the workflow is terminated: the sweep asks for it again', async () => {
      const { customer, orderId } = first;
      await handleOf(`order-${orderId}`).terminate('its key is lost');
      await until(customer, orderId, 'paid');
      const { balance, held } = await customer.account();
      assert.deepEqual([balance, held], [999_999_988_889n, 0n]);
    });

    it('captures once the key is back', async () => {
      const { customer, orderId } = second;
      await restartWith(`${k3},${k2}`);
      await until(customer, orderId, 'paid');
      const { balance, held } = await customer.account();
      assert.deepEqual([balance, held], [999_999_977_778n, 0n]);
    });
  });
});
