import assert from 'node:assert/strict';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { traceOf } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { fetchHistory } from '#test/support/workflow/histories.ts';
import { completed, dueOrder, openTimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import type { TimeSkippingServer } from '#test/support/workflow/time-skipping.ts';
import { workflowBundle } from '#test/support/workflow/workflow-bundle.ts';
import type { OrderToPay } from '#workflows/payment/activities.ts';
import { withTraceHeader } from '#workflows/trace/trace-header.ts';

/** The relay's, which is another than that of the order's request. */
const DISPATCH: TraceContext = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01',
  tracestate: 'congo=t61rcWkgMzE',
};

const inDispatch: WorkflowClientInterceptor = {
  startWithDetails: async (input, next) =>
    next({ ...input, headers: withTraceHeader(input.headers, DISPATCH) }),
};

describe('a workflow that was started in a span', function () {
  this.timeout(90_000);
  let server: TimeSkippingServer;
  before(async () => {
    server = await openTimeSkippingServer({ interceptors: { workflow: [inDispatch] } });
  });
  after(async () => server[Symbol.asyncDispose]());

  /** Pays an order. @returns the run's id, and the traces that its activities got */
  async function pay(order: OrderToPay) {
    const traces: TraceContext[] = [];
    const worker = await server.worker({
      async debit(input) {
        traces.push(traceOf(input));
        return completed(input);
      },
      report: async (input) => void traces.push(traceOf(input)),
    });
    await worker.runUntil(async () => {
      await server.start(order);
      await server.result(order);
    });
    const { runId } = await server.payment(order).describe();
    return { runId, traces };
  }

  it('gives what it does the span of its run, whose id follows from the run’s', async () => {
    const { runId, traces } = await pay(dueOrder());
    const [, traceId, , flags] = DISPATCH.traceparent.split('-');
    const own = `00-${traceId}-${runId.replaceAll('-', '').slice(-16)}-${flags}`;
    const expected = { traceparent: own, tracestate: DISPATCH.tracestate };
    assert.deepEqual(traces, [expected, expected]);
  });

  it('is replayed to the same, and records nothing again', async () => {
    const order = dueOrder();
    await pay(order);
    const history = await fetchHistory(server.payment(order));
    let ended = 0;
    const replayed = await Array.fromAsync(
      Worker.runReplayHistories(
        {
          workflowBundle: await workflowBundle(),
          sinks: { trace: { ended: { fn: () => void (ended += 1) } } },
        },
        [{ workflowId: 'paid', history }],
      ),
    );
    assert.deepEqual(
      replayed.map(({ error }) => error),
      [undefined],
    );
    assert.equal(ended, 0);
  });
});
