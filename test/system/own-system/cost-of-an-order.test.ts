import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Customer } from '@gozon/client';
import { Client, Connection } from '@temporalio/client';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { BATCH, recordCalls } from '#test/support/system/recorded-calls.ts';
import type { RecordedCall, Recording } from '#test/support/system/recorded-calls.ts';
import { startTestSystem, tellNoRepair } from '#test/support/system/test-system.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import { openCustomer } from '#tools/testbed/customers.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

const ORDERS = 50;
const WARM_UP = 5;

/** Runs each second too, and then finds no row. */
const CLAIM = /, turn = null\b/;

/** A table of ARCHITECTURE.md: what is counted, and how much of it an order takes. */
const DOCUMENTED: Readonly<Record<string, number>> = Object.fromEntries(
  readFileSync(path.join(CHECKOUT, 'ARCHITECTURE.md'), 'utf8')
    .split('| an order that is paid takes')[1]
    ?.split('\n\n')[0]
    ?.matchAll(/^\| (\S.*?) +\| (\d+) +\|$/gm)
    .map(([, what = '', count]) => [what, Number(count)]) ?? [],
);

describe('an order that is paid', function () {
  this.timeout(180_000);
  let system: System;
  let recording: Recording;
  before('the system has paid some and been idle', async () => {
    recording = recordCalls(infrastructure().settings.home);
    system = await startTestSystem({ tell: (name) => ({ ...tellNoRepair(name), ...recording.environment }) });
  });
  after(async () => system?.[Symbol.asyncDispose]());

  it('takes as many statements, commits, requests and state transitions as ARCHITECTURE.md says', async () => {
    const customer = await openCustomer(system, 1_000n);
    await place(customer, WARM_UP);
    recording.take();
    await untilIdleWork();
    const idle = Object.groupBy(recording.take(), ({ text }) => text);
    // What came once is of the last order.
    const isBackground = (text: string) => (idle[text]?.length ?? 0) > 1;
    const orderIds = await place(customer, ORDERS);
    const calls = recording
      .take()
      .filter(({ text, rows = 0 }) => (CLAIM.test(text) ? rows > 0 : !isBackground(text)));
    const measured = { ...countCalls(calls), ...(await countInTemporal(orderIds)) };
    assert.deepEqual(Object.keys(measured), Object.keys(DOCUMENTED));
    for (const [what, count] of Object.entries(measured)) {
      // A new connection, or what runs once an hour, may come between.
      assert.ok(
        Math.abs(count - (DOCUMENTED[what] ?? NaN)) < 0.5,
        `${what}: ${count} an order, and ARCHITECTURE.md says ${DOCUMENTED[what]}. Of each call:\n${listOf(calls)}`,
      );
    }
  });

  /** One after the other, each until it is paid and its workflow is marked as started. */
  async function place(customer: Customer, count: number): Promise<string[]> {
    const orderIds: string[] = [];
    for (let n = 0; n < count; n++) {
      const { orderId } = await customer.placeOrder({ amount: 1n });
      orderIds.push(orderId);
      // Past the services, which would count it.
      await eventually('the order to be paid', async () => {
        const { rows } = await system.ordersDb.query(
          `select from orders join outbox using (order_id)
           where order_id = $1 and status = 'paid' and dispatched_at is not null`,
          [orderId],
        );
        return rows.length === 1;
      });
    }
    return orderIds;
  }

  /** Until all that runs regularly has run more than once. */
  async function untilIdleWork(): Promise<void> {
    const read = async (address: string) =>
      Promise.all(
        SERVICE_NAMES.map(async (name) => (await fetch(`${system.service(name).url}${address}`)).text()),
      );
    const rounds = async () => {
      await read('/health/ready');
      const metrics = (await read('/metrics')).join('\n');
      return Number(/^audit_round_duration_seconds_count (\d+)$/m.exec(metrics)?.[1]);
    };
    const before = await rounds();
    await eventually('rounds of the audit', async () => (await rounds()) >= before + 3, { within: 60_000 });
  }

  function countCalls(calls: readonly RecordedCall[]) {
    const count = (matches: (call: RecordedCall) => boolean) => calls.filter(matches).length / ORDERS;
    const ofKafka = (what: string) => count(({ to, text }) => to === 'Kafka' && text === what);
    return {
      "statements in orders' database": count(({ to }) => to === 'orders'),
      "commits in orders' database": count(({ to, commits }) => to === 'orders' && commits === true),
      "statements in payments' database": count(({ to }) => to === 'payments'),
      "commits in payments' database": count(({ to, commits }) => to === 'payments' && commits === true),
      'Kafka: requests to produce': ofKafka('Produce'),
      'Kafka: fetches that bring a message': ofKafka(BATCH),
      'Kafka: commits of an offset': ofKafka('OffsetCommit'),
    };
  }

  async function countInTemporal(orderIds: readonly string[]) {
    const connection = await Connection.connect({ address: system.temporalAddress });
    try {
      const { workflow } = new Client({ connection, namespace: namespace.name });
      const runs = await Promise.all(
        orderIds.map(async (orderId) => workflow.getHandle(paymentWorkflowId(orderId)).describe()),
      );
      const sum = (of: (run: (typeof runs)[number]) => number) =>
        runs.reduce((total, run) => total + of(run), 0) / runs.length;
      return {
        'Temporal: state transitions': sum(({ raw }) =>
          Number(raw.workflowExecutionInfo?.stateTransitionCount),
        ),
        'Temporal: events in the history': sum(({ historyLength }) => historyLength),
      };
    } finally {
      await connection.close();
    }
  }
});

/** How often each is made for an order. */
function listOf(calls: readonly RecordedCall[]): string {
  const byText = Map.groupBy(calls, ({ to, text }) => `${to}: ${text.replaceAll(/\s+/g, ' ').slice(0, 100)}`);
  return [...byText].map(([text, all]) => `${all.length / ORDERS} ${text}`).join('\n');
}
