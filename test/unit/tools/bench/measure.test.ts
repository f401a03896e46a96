import assert from 'node:assert/strict';
import { billableActions } from '#tools/bench/measure/billable-actions.ts';
import { perOrder } from '#tools/bench/measure/counts.ts';
import { requestCounter } from '#tools/bench/measure/kafka-requests.ts';
import { latencyOf } from '#tools/bench/measure/latency.ts';
import { rotated } from '#tools/bench/measure/rounds.ts';
import { ratesOf } from '#tools/bench/measure/turn.ts';
import { cpuTime, memory, usageBetween } from '#tools/bench/measure/usage.ts';
import { medianAndRange } from '#tools/bench/report/medians.ts';

describe('a latency', () => {
  it('has percentiles to three figures', () => {
    const latency = latencyOf(Array.from({ length: 1000 }, (_, index) => index + 1));
    assert.ok(latency);
    assert.equal(latency.count, 1000);
    for (const [percent, value] of [
      [500, latency.p50],
      [950, latency.p95],
      [990, latency.p99],
      [1000, latency.max],
    ] as const)
      assert.ok(Math.abs(value - percent) <= percent / 1000, `${value} is not ${percent}`);
  });

  it('does not exist of no samples', () => {
    assert.equal(latencyOf([]), undefined);
  });
});

describe('the rates of a turn', () => {
  it('are two that all share, and two of its own capacity', () => {
    assert.deepEqual(ratesOf(50), [
      { of: '5/s', rate: 5 },
      { of: '20/s', rate: 20 },
      { of: '50% of capacity', rate: 25 },
      { of: '90% of capacity', rate: 45 },
    ]);
  });

  it('leave out what is beyond its capacity', () => {
    assert.deepEqual(
      ratesOf(20).map(({ of }) => of),
      ['5/s', '50% of capacity', '90% of capacity'],
    );
  });
});

describe('what an order takes', () => {
  it('is what there was, less what there is without orders', () => {
    const counts = perOrder(
      { ms: 4_000, counts: { a: 28, b: 1 } },
      { ms: 1_000, counts: { a: 2, b: 1 } },
      10,
    );
    assert.deepEqual(counts, { a: 2, b: 0 });
  });
});

describe('billable actions', () => {
  const event = (attributes: object) => attributes as Parameters<typeof billableActions>[0][number];

  it('of a payment are its start and its local activities together', () => {
    const history = [
      event({ workflowExecutionStartedEventAttributes: {} }),
      event({ workflowTaskCompletedEventAttributes: {} }),
      event({ markerRecordedEventAttributes: { workflowTaskCompletedEventId: 4 } }),
      event({ markerRecordedEventAttributes: { workflowTaskCompletedEventId: 4 } }),
      event({ workflowExecutionCompletedEventAttributes: {} }),
    ];
    assert.equal(billableActions(history), 2);
  });

  it('count each attempt of an activity, each timer and signal, and upserts but those of the SDK', () => {
    const upsert = (...names: string[]) =>
      event({
        upsertWorkflowSearchAttributesEventAttributes: {
          searchAttributes: { indexedFields: Object.fromEntries(names.map((name) => [name, {}])) },
        },
      });
    const history = [
      event({ workflowExecutionStartedEventAttributes: {} }),
      event({ activityTaskScheduledEventAttributes: {} }),
      event({ activityTaskStartedEventAttributes: { attempt: 3 } }),
      event({ timerStartedEventAttributes: {} }),
      event({ workflowExecutionSignaledEventAttributes: {} }),
      upsert('TemporalChangeVersion'),
      upsert('OrderId', 'CustomerId'),
    ];
    assert.equal(billableActions(history), 7);
  });
});

describe('the counter of Kafka requests', () => {
  it('finds each request, however its bytes come', () => {
    const request = (key: number, length: number) => {
      const bytes = Buffer.alloc(4 + length);
      bytes.writeInt32BE(length);
      bytes.writeInt16BE(key, 4);
      return bytes;
    };
    const bytes = Buffer.concat([request(0, 100), request(1, 2), request(18, 7), request(8, 300)]);
    for (const size of [1, 3, 50, bytes.length]) {
      const keys: number[] = [];
      const count = requestCounter((key) => keys.push(key));
      for (let at = 0; at < bytes.length; at += size) count(bytes.subarray(at, at + size));
      assert.deepEqual(keys, [0, 1, 18, 8], `in chunks of ${size}`);
    }
  });
});

describe('rounds', () => {
  it('begin with another subject each time', () => {
    assert.deepEqual(rotated(['a', 'b', 'c'], 4), ['b', 'c', 'a']);
    assert.deepEqual(rotated([], 1), []);
  });
});

describe('the usage of processes', () => {
  const own = [{ name: 'this', pid: process.pid }];

  it('is their CPU time and memory', () => {
    const before = cpuTime(own);
    for (const until = performance.now() + 50; performance.now() < until;);
    const { this: used = 0 } = usageBetween(before, cpuTime(own), 1);
    assert.ok(used >= 10, `${used} ms`);
    const { this: megabytes = 0 } = memory(own);
    assert.ok(megabytes > 10, `${megabytes} MB`);
  });
});

describe('a median', () => {
  it('says between what it lies', () => {
    assert.equal(medianAndRange([3, 100.4, 2]), '3.0 (2.0 to 100)');
    assert.equal(medianAndRange([12.34]), '12.3');
    assert.equal(medianAndRange([]), '–');
  });
});
