import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launch } from '#tools/stack/processes/launch.ts';
import { claimProcessRegistry } from '#tools/stack/processes/process-registry.ts';

describe('a process that ends before it is ready', () => {
  let home = '';
  before(() => {
    home = mkdtempSync(path.join(tmpdir(), 'gozon-launch-'));
    assert.ok(claimProcessRegistry(home));
  });
  after(() => rmSync(home, { recursive: true }));

  const run = async (script: string) =>
    launch(
      { home, logs: home },
      {
        name: 'sh',
        url: '',
        command: 'sh',
        args: ['-c', script],
        env: process.env,
        cwd: home,
        stage: 1,
        stopSignal: 'SIGTERM',
        graceMs: 1_000,
        readyWithinMs: 30_000,
        isReady: async () => false,
      },
    );

  it('is reported with the end of its log', async () => {
    await assert.rejects(run('echo one; echo two; exit 3'), {
      message: 'sh ended before it was ready (exit code 3). The end of its log:\n  one\n  two',
    });
  });

  it('is reported without a log when it logged nothing', async () => {
    await assert.rejects(run('kill -9 $$'), {
      message: 'sh ended before it was ready (killed by SIGKILL).',
    });
  });
});
