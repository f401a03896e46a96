import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { homeFolder } from '#tools/stack/bootstrap/folders.js';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import { openGenerator, placeOrders } from '../measure/send-orders.ts';
import { cpuTime, usageBetween } from '../measure/usage.ts';
import { openRig } from '../open-rig.ts';
import { gozonWith } from '../peers/gozon.ts';
import { total } from '../report/medians.ts';
import type { ServiceSettings } from '../start-services.ts';
import type { Comparison } from './compare.ts';

const CUSTOMERS = 100;
/** More than any can decide meanwhile, so that a backlog stays. */
const AT_ONCE = 64;
const WARM_UP = 300;
/** Of a round at a rate, in which two cores are half idle. */
const RATE = 30;
const ORDERS_AT_RATE = 135;
const ORDERS_AT_ONCE = 200;
/** In ms, in place of 5 s, so that what a round records is sent in it. The requests are more, so traces seem a little dearer. */
const SEND_SPANS_EVERY = 2_000;
const SETTLE = SEND_SPANS_EVERY + 200;
/** Of a comparison, in ms. */
const LIMIT = 70_000;

/** This system on servers of its own, so that the CPU of all that runs is that of its settings. */
interface Variant {
  /** ms of CPU that an order takes of all processes, at a rate; of which some is what an idle system takes. */
  readonly cpu: () => Promise<number>;
  /** Orders decided a second, with a backlog. */
  readonly rate: () => Promise<number>;
}

/** What traces cost: none, all that there are, or those of a tenth of the orders. */
export async function compareTraces(stack: AsyncDisposableStack): Promise<Comparison[]> {
  const collector = await openCollector(stack);
  const sent = (environment: Record<string, string>) =>
    Object.fromEntries(SERVICE_NAMES.map((name) => [name, { ...collector.environment, ...environment }]));
  const sampled = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' };
  const off = await openVariant('traces-off', {}, stack);
  const all = collector.watched(await openVariant('traces-all', sent({}), stack));
  const tenth = collector.watched(await openVariant('traces-tenth', sent(sampled), stack));
  return [
    cpuOf('traces', { off, label: 'all recorded', on: all }),
    cpuOf('traces, a tenth', { off, label: 'a tenth recorded', on: tenth }),
    rateOf('traces', { off, label: 'all recorded', on: all }),
  ];
}

/** What it costs to encrypt the payloads that Temporal stores. */
export async function compareEncryption(stack: AsyncDisposableStack): Promise<Comparison[]> {
  const keys = { PAYLOAD_KEYS: `bench:${randomBytes(32).toString('base64')}` };
  const off = await openVariant('encryption-off', {}, stack);
  const on = await openVariant('encryption-on', { workflows: keys }, stack);
  return [
    cpuOf('encrypted payloads', { off, label: 'encrypted', on }),
    rateOf('encrypted payloads', { off, label: 'encrypted', on }),
  ];
}

interface Setting {
  readonly off: Variant;
  readonly label: string;
  readonly on: Variant;
}

function cpuOf(name: string, { off, label, on }: Setting): Comparison {
  return {
    name: `${name}, CPU`,
    question: `CPU of an order at ${RATE} orders a second, with what an idle system takes meanwhile`,
    unit: 'ms',
    a: { label: 'off', round: off.cpu },
    b: { label, round: on.cpu },
    limit: LIMIT,
  };
}

function rateOf(name: string, { off, label, on }: Setting): Comparison {
  return {
    name: `${name}, rate`,
    question: `Orders decided a second, ${ORDERS_AT_ONCE} with ${AT_ONCE} requests at a time`,
    unit: 'orders/s',
    a: { label: 'off', round: off.rate },
    b: { label, round: on.rate },
    limit: LIMIT,
  };
}

/** Runs until the stack ends, so that no round meets code that was never run. */
async function openVariant(
  name: string,
  tell: ServiceSettings,
  stack: AsyncDisposableStack,
): Promise<Variant> {
  const rig = stack.use(await openRig(path.join(homeFolder().home, `bench-run-${name}`)));
  const peer = await gozonWith(tell).start(rig, stack);
  const servers = Object.entries(rig.servers).map(([server, { pid }]) => ({ name: server, pid }));
  const processes = [...peer.processes, ...servers];
  const customers = { peer, send: openGenerator(stack), userIds: await peer.openCustomers(CUSTOMERS) };
  await placeOrders(customers, WARM_UP, { atOnce: AT_ONCE });
  return {
    async cpu() {
      const before = cpuTime(processes);
      const { orderIds } = await placeOrders(customers, ORDERS_AT_RATE, { rate: RATE });
      await sleep(SETTLE);
      return total(usageBetween(before, cpuTime(processes), orderIds.length));
    },
    async rate() {
      const { perSecond } = await placeOrders(customers, ORDERS_AT_ONCE, { atOnce: AT_ONCE });
      await sleep(SETTLE);
      return perSecond;
    },
  };
}

/** A collector that takes spans as a real one does, by the protocol that is the default, and keeps none. */
async function openCollector(stack: AsyncDisposableStack) {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.once('end', () => response.setHeader('Content-Type', 'application/x-protobuf').end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  stack.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const watched = (round: () => Promise<number>) => async () => {
    const before = bytes;
    const figure = await round();
    if (bytes === before) throw new Error('no span was sent');
    return figure;
  };
  return {
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: String(SEND_SPANS_EVERY),
    },
    watched: ({ cpu, rate }: Variant): Variant => ({ cpu: watched(cpu), rate: watched(rate) }),
  };
}
