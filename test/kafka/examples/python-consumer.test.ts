import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { newId } from '#contracts/values/ids.ts';
import { writeAsyncApi } from '#gateway/asyncapi/write-asyncapi.ts';
import { docsRoutes } from '#gateway/docs.routes.ts';
import { cancelOrder } from '#orders/order/cancel-order.ts';
import { captureOrder } from '#orders/order/capture-order.ts';
import { refundOrder } from '#orders/order/refund-order.ts';
import { createApp, serve } from '#platform/http/serve.ts';
import type { Listening } from '#platform/http/serve.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import type { MessageProducer } from '#platform/kafka/producer.ts';
import { ensureTopics } from '#platform/kafka/topics.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { TRACEPARENT, openShop } from '#test/support/database/orders-database.ts';
import type { Shop } from '#test/support/database/orders-database.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openHome } from '#test/support/open-home.ts';
import { stepsOfWorkflows } from '#test/support/workflow/carry-out.ts';
import type { StepsOfWorkflows } from '#test/support/workflow/carry-out.ts';
import { artifactFolder, artifactIn } from '#tools/stack/bootstrap/artifacts.js';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { findPython } from '#tools/stack/bootstrap/preflight.js';
import { startKafka } from '#tools/stack/components/kafka.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { startComponent } from '#tools/testbed/component.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { openLink } from '#tools/testbed/tcp-proxy.ts';
import { publish } from '#workflows/payment/payment-activities.ts';

const PROGRAM = path.join(CHECKOUT, 'examples/python-consumer/follow_orders.py');
const request = { traceparent: TRACEPARENT, idempotency: undefined };

describe('the consumer in Python of examples/', function () {
  this.timeout(120_000);
  const log = createLogger('test', 'fatal');
  const kafka = { brokers: [infrastructure().kafka], clientId: 'test', log };
  const stack = new AsyncDisposableStack();
  let shop: Shop;
  let ledger: Ledger;
  let steps: StepsOfWorkflows;
  let gateway: Listening;
  let producer: MessageProducer;
  let folder: string;
  before(async () => {
    await ensureTopics(kafka, [PAYMENT_STATUS_TOPIC]);
    [shop, ledger] = await Promise.all([openShop(), openLedger({ size: 2 })]);
    stack.use(shop);
    stack.use(ledger);
    steps = stepsOfWorkflows(shop, ledger);
    gateway = stack.use(await serveDocument());
    producer = stack.use(openProducer(kafka));
    folder = await mkdtemp(path.join(tmpdir(), 'python-consumer-'));
    stack.defer(async () => rm(folder, { recursive: true }));
  });
  after(async () => stack.disposeAsync());

  /** The gateway's own route and document. */
  async function serveDocument(): Promise<Listening> {
    const asyncApi = writeAsyncApi({ version: '0.1.0', currency: 'EUR' });
    const app = createApp({ log, health: createHealth() });
    app.use(docsRoutes({ openApi: {}, asyncApi }).routes());
    return serve(app, { host: '127.0.0.1', port: 0, log });
  }

  const place = async (given: { captureWithin?: number }, balance = 1_000n): Promise<OrderReply> =>
    (await shop.place({ userId: await ledger.openAccount(balance), amount: 300n, ...given })).reply;
  const capture = async ({ orderId }: OrderReply, amount: bigint) =>
    captureOrder(shop.db, { orderId, requestedBy: newId(), amount, ...request }, () => {});
  const cancel = async ({ orderId, userId }: OrderReply) =>
    cancelOrder(shop.db, { orderId, userId, ...request }, () => {});

  const of = ({ orderId }: OrderReply, ...events: readonly PaymentEvent[][]) =>
    events.flat().filter(({ subject }) => subject === orderId);

  /** Has payments do what orders asks for. @returns what it reports of it */
  async function settle(): Promise<PaymentEvent[]> {
    const events = await steps.carryOut();
    await steps.apply(events);
    return events;
  }
  async function refund({ orderId }: OrderReply, amount: bigint): Promise<PaymentEvent> {
    const asked = { orderId, requestedBy: newId(), amount, reason: undefined, ...request };
    await refundOrder(shop.db, asked, () => {});
    const [event, ...others] = await settle();
    assert.ok(event && others.length === 0);
    return event;
  }
  const send = async ({ orderId: key }: OrderReply, ...values: string[]) =>
    producer.send(
      PAYMENT_STATUS_TOPIC.name,
      values.map((value) => ({ key, value })),
    );

  interface Given {
    readonly gateway?: string;
    readonly kafka?: string;
    readonly group?: string;
    readonly database?: string;
  }

  /** Runs it, unless told otherwise in a new group on the same file of SQLite each time. */
  const run = (given: Given) => {
    const options = {
      gateway: gateway.url,
      kafka: infrastructure().kafka,
      group: `test-${newId()}`,
      database: 'orders.db',
      ...given,
    };
    return execa(
      findPython(),
      [PROGRAM, ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)],
      {
        cwd: folder,
        env: { PYTHONPATH: artifactFolder(artifactIn('kafka-python-3.0.12')) },
        reject: false,
        forceKillAfterDelay: false,
      },
    );
  };

  /** @param onLine is told of each line at once */
  function start(given: Given = {}, onLine: (line: string) => void = () => {}) {
    const lines: string[] = [];
    const said: string[] = [];
    const running = run(given);
    const collect = async (from: 'stdout' | 'stderr', into: string[]) => {
      for await (const line of running.iterable({ from })) {
        into.push(line);
        onLine(line);
      }
    };
    const collected = Promise.all([collect('stdout', lines), collect('stderr', said)]);
    return {
      /** What it says of itself. */
      said,
      /** Waits until it has said just this of an order. */
      async hasSaid({ orderId }: OrderReply, expected: readonly string[]): Promise<void> {
        await eventually(
          `what it says of order ${orderId}`,
          () => {
            const about = lines.filter((line) => line.startsWith(orderId));
            assert.deepEqual(
              about.map((line) => line.slice(orderId.length + 1)),
              expected,
            );
            return true;
          },
          { within: 40_000 },
        );
      },
      async [Symbol.asyncDispose]() {
        running.kill('SIGTERM');
        // It leaves its group first, which takes long on a busy machine.
        const { exitCode, stderr } = await running;
        await collected;
        assert.equal(exitCode, 0, stderr);
      },
    };
  }

  function setAside(): string[] {
    using database = new DatabaseSync(path.join(folder, 'orders.db'), { readOnly: true });
    return database
      .prepare('select cast(value as text) as value from set_aside')
      .all()
      .map(({ value }) => String(value));
  }

  it('tells each fact once, in whatever sequence it comes, and leaves out what it does not know', async () => {
    const [paid, held, released, declined] = [
      await place({}),
      await place({ captureWithin: 60 }),
      await place({ captureWithin: 60 }),
      await place({}, 1n),
    ];
    const decided = await settle();
    await Promise.all([capture(held, 200n), cancel(released), cancel(paid)]);
    const ended = await settle();
    const [early, late] = [await refund(held, 50n), await refund(held, 70n)];
    const [authorized, captured] = of(held, decided, ended);
    assert.ok(authorized && captured);

    // A refund before the capture that it is of, and all of it again before the last fact about this order.
    await publish(producer, [early, authorized, captured, early, authorized, captured, late]);
    await publish(producer, of(paid, ended, decided));
    await publish(producer, [...of(released, decided, ended), ...of(declined, decided)]);
    const unknown = JSON.stringify({ ...late, type: 'payment.disputed', id: `${held.orderId}/dispute` });
    const bad = [
      JSON.stringify({ ...late, data: { ...late.data, amount: -1 } }),
      `{"specversion": ${held.orderId}`,
      `["${held.orderId}"]`,
    ];
    await send(held, unknown, ...bad);
    await publish(producer, [await refund(held, 10n)]);
    {
      await using consumer = start();
      await consumer.hasSaid(held, [
        'undecided 150 EUR',
        'authorized 150 EUR',
        'paid 150 EUR',
        'paid 80 EUR',
        'paid 70 EUR',
      ]);
      await consumer.hasSaid(paid, ['refunded 0 EUR', 'refunded 0 EUR']);
      await consumer.hasSaid(released, ['authorized 0 EUR', 'cancelled 0 EUR']);
      await consumer.hasSaid(declined, ['failed 0 EUR']);
    }
    assert.deepEqual(
      setAside().filter((value) => value.includes(held.orderId)),
      bad,
    );

    await publish(producer, [await refund(held, 20n)]);
    await using again = start();
    await again.hasSaid(held, ['paid 50 EUR']);
  });

  it('begins at the beginning with a new file, wherever its group was', async () => {
    const order = await place({});
    await publish(producer, await settle());
    const group = `test-${newId()}`;
    {
      await using consumer = start({ group, database: 'first.db' });
      await consumer.hasSaid(order, ['paid 300 EUR']);
    }
    await publish(producer, [await refund(order, 100n)]);
    await using consumer = start({ group, database: 'second.db' });
    await consumer.hasSaid(order, ['paid 300 EUR', 'paid 200 EUR']);
    assert.deepEqual(consumer.said.slice(0, 2), [
      `connected to ${infrastructure().kafka}, group ${group}`,
      'the inbox is empty: begins at the beginning of the topic',
    ]);
  });

  it('goes on when Kafka breaks off in the middle of a commit', async () => {
    await using own = new AsyncDisposableStack();
    const settings = await openHome(own);
    const [port = 0] = await findFreePorts(1);
    const link = own.use(await openLink(port));
    const extraListeners = [{ port, advertisedPort: link.port }];
    const broker = await startComponent(async () => startKafka(settings, { extraListeners }));
    own.defer(async () => broker.kill());
    const access = { ...kafka, brokers: [broker.url] };
    await ensureTopics(access, [PAYMENT_STATUS_TOPIC]);
    const ownProducer = own.use(openProducer(access));

    const order = await place({});
    await publish(ownProducer, await settle());
    let cut: Promise<void> | undefined;
    await using consumer = start({ kafka: link.address, database: 'broken-off.db' }, (line) => {
      // From then on a request takes so long that its commit is still under way when the line about the order is read.
      if (line.startsWith('the inbox is empty')) link.delay(2_000);
      if (line.includes(order.orderId)) cut ??= link.cut();
    });
    await consumer.hasSaid(order, ['paid 300 EUR']);
    await eventually(
      'what it says of Kafka',
      () => consumer.said.some((line) => line.startsWith('Kafka: ') && line.endsWith('; trying again')),
      { within: 40_000 },
    );
    await cut;
    link.delay(0);
    await link.heal();
    await publish(ownProducer, [await refund(order, 100n)]);
    await consumer.hasSaid(order, ['paid 300 EUR', 'paid 200 EUR']);
  });

  for (const [option, given] of Object.entries({
    gateway: { gateway: 'http://127.0.0.1:1' },
    kafka: { kafka: '127.0.0.1:1' },
  })) {
    it(`says in a line that --${option} leads nowhere`, async () => {
      const { exitCode, stdout, stderr } = await run(given);
      assert.equal(exitCode, 1);
      assert.equal(stdout, '');
      assert.match(stderr.split('\n').at(-1) ?? '', new RegExp(`127\\.0\\.0\\.1:1.*: --${option}$`));
      assert.doesNotMatch(stderr, /Traceback/);
    });
  }
});
