import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DefaultLogger, Worker, bundleWorkflowCode } from '@temporalio/worker';
import type { ReplayResult, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { HISTORIES, readHistories } from '#test/support/workflow/stored-histories.ts';
import { workflowBundle } from '#test/support/workflow/workflow-bundle.ts';

async function replayAll(bundle: WorkflowBundleWithSourceMap): Promise<ReplayResult[]> {
  return Array.fromAsync(Worker.runReplayHistories({ workflowBundle: bundle }, readHistories(HISTORIES)));
}

describe('recorded payments', function () {
  this.timeout(90_000);
  it('are still replayed by the workflows as they are now, every one', async () => {
    const results = await replayAll(await workflowBundle());
    const failures = results
      .filter(({ error }) => error)
      .map(({ workflowId, error }) => `${workflowId}: ${error}`);
    assert.deepEqual(failures, []);
    const recorded = readHistories(HISTORIES).map(({ workflowId }) => workflowId);
    assert.deepEqual(
      results.map(({ workflowId }) => workflowId),
      recorded,
    );
  });

  it('cover a payment, a hold, a cancel and a refund, on the quick path and through outages, and a decline', () => {
    const names = new Set(readHistories(HISTORIES).map(({ workflowId }) => path.basename(workflowId)));
    const wanted = [
      'paid',
      'declined',
      'debit-in-an-outage',
      'report-in-an-outage',
      'refunded',
      'cancel-in-an-outage',
      'captured',
      'released',
      'expired',
      'capture-in-an-outage',
      'refund-of-a-part',
    ];
    assert.deepEqual(
      wanted.filter((name) => !names.has(name)),
      [],
    );
  });

  it('catch an unsafe change: workflows that report before they act', async () => {
    await workflowBundle();
    const workflowsPath = path.join(import.meta.dirname, '../fixtures/reports-first.workflow.ts');
    const results = await replayAll(
      await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
    );
    assert.ok(results.length > 0);
    assert.deepEqual(
      new Set(results.map(({ error }) => error?.name)),
      new Set(['DeterminismViolationError']),
    );
  });

  it('are not an empty set', () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'histories-'));
    try {
      assert.throws(() => readHistories(empty), /there are no histories/);
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});
