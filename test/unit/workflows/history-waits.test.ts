import assert from 'node:assert/strict';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { signalsOf, timersOf } from '#workflows/runs/history-waits.ts';

/** Events as the Web UI exports them, with what a timer needs. */
const started = (eventId: string, at: string, seconds: number) => ({
  eventId,
  eventTime: at,
  eventType: 'EVENT_TYPE_TIMER_STARTED',
  timerStartedEventAttributes: { timerId: eventId, startToFireTimeout: `${seconds}s` },
  userMetadata: {
    summary: {
      metadata: { encoding: Buffer.from('json/plain').toString('base64') },
      data: Buffer.from('"Until the hold ends"').toString('base64'),
    },
  },
});
const canceled = (startedEventId: string, at: string) => ({
  eventId: '20',
  eventTime: at,
  eventType: 'EVENT_TYPE_TIMER_CANCELED',
  timerCanceledEventAttributes: { timerId: startedEventId, startedEventId },
});
const fired = (startedEventId: string, at: string) => ({
  eventId: '21',
  eventTime: at,
  eventType: 'EVENT_TYPE_TIMER_FIRED',
  timerFiredEventAttributes: { timerId: startedEventId, startedEventId },
});
const signalled = (at: string) => ({
  eventId: '10',
  eventTime: at,
  eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
  workflowExecutionSignaledEventAttributes: { signalName: 'capture', identity: 'relay' },
});

describe('what a recorded run waits for', () => {
  const at = (second: string) => `2026-12-01T12:00:${second}.000Z`;

  it('is its timer, until it fires', () => {
    const history = historyFromJSON({ events: [started('8', at('01'), 50)] });
    assert.deepEqual(timersOf(history, null), [
      {
        summary: 'Until the hold ends',
        startedAt: at('01'),
        firesAt: at('51'),
        endedAt: null,
        outcome: 'waiting',
      },
    ]);
  });

  it('tells which timer fired, and which a signal ended', () => {
    const history = historyFromJSON({
      events: [
        started('8', at('01'), 2),
        fired('8', at('03')),
        started('9', at('04'), 50),
        signalled(at('07')),
        canceled('9', at('08')),
      ],
    });
    assert.deepEqual(
      timersOf(history, at('09')).map(({ endedAt, outcome }) => [endedAt, outcome]),
      [
        [at('03'), 'fired'],
        [at('07'), 'cancelled'],
      ],
    );
    assert.deepEqual(signalsOf(history), [{ name: 'capture', at: at('07') }]);
  });

  it('ends at its signal while the workflow goes on, and at a run’s end that comes later', () => {
    const history = historyFromJSON({ events: [started('8', at('01'), 50), signalled(at('07'))] });
    for (const closedAt of [null, at('09')]) {
      const [timer] = timersOf(history, closedAt);
      assert.deepEqual([timer?.endedAt, timer?.outcome], [at('07'), 'cancelled']);
    }
  });

  it('goes on over a signal before a step is tried again', () => {
    const { userMetadata: _, ...own } = started('8', at('01'), 50);
    const history = historyFromJSON({ events: [own, signalled(at('07'))] });
    assert.equal(timersOf(history, null)[0]?.outcome, 'waiting');
  });

  it('ends with its run when nothing else ended it', () => {
    const history = historyFromJSON({ events: [started('8', at('01'), 50)] });
    const [timer] = timersOf(history, at('09'));
    assert.deepEqual([timer?.endedAt, timer?.outcome], [at('09'), 'cancelled']);
  });
});
