import assert from 'node:assert/strict';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { HISTORIES, readHistories } from '#test/support/workflow/stored-histories.ts';
import { stepsOf } from '#workflows/runs/history-steps.ts';

describe('the steps of a recorded run', () => {
  const histories = new Map(
    readHistories(HISTORIES).map(({ workflowId, history }) => [workflowId, historyFromJSON(history)]),
  );
  const stepsOfRun = (name: string) => stepsOf(histories.get(name) ?? assert.fail(`no history ${name}`), []);

  it('are its local activities when all went well', () => {
    assert.deepEqual(
      stepsOfRun('v1/paid').map(({ name, local, attempts, lastFailure }) => [
        name,
        local,
        attempts,
        lastFailure,
      ]),
      [
        ['debit', true, 1, null],
        ['report', true, 1, null],
      ],
    );
  });

  it('are a local activity that failed, and the regular one that took over, when there was an outage', () => {
    assert.deepEqual(
      stepsOfRun('v1/debit-in-an-outage').map(({ name, local, attempts, lastFailure }) => [
        name,
        local,
        attempts,
        lastFailure,
      ]),
      [
        ['debit', true, 3, 'the connection broke'],
        ['debit', false, 1, null],
        ['report', true, 1, null],
      ],
    );
  });

  it('each have an end that is not before their start', () => {
    for (const name of histories.keys()) {
      const steps = stepsOfRun(name);
      assert.ok(steps.length > 0);
      for (const { startedAt, endedAt } of steps) assert.ok(endedAt !== null && endedAt >= startedAt, name);
    }
  });
});
