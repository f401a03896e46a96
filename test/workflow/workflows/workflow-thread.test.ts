import assert from 'node:assert/strict';
import path from 'node:path';
import { execa } from 'execa';
import { newId } from '#contracts/values/ids.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';
import type { DevServer } from '#test/support/workflow/dev-server.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const CHECKOUT = path.resolve(import.meta.dirname, '../../..');

describe('the thread of the workflows', function () {
  this.timeout(90_000);
  let server: DevServer;
  before(async () => {
    server = await openDevServer();
  });
  after(async () => server[Symbol.asyncDispose]());

  /** Workers of the fixtures, as `workflows` runs its own, until disposed. */
  function runFixtures(env: Record<string, string> = {}) {
    const worker = execa(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--import=./workflows/workflow-thread.ts',
        'test/workflow/fixtures/run-fixtures.ts',
        server.access.address,
        server.namespace,
      ],
      { cwd: CHECKOUT, env, reject: false },
    );
    return Object.assign(worker, {
      async [Symbol.asyncDispose]() {
        worker.kill('SIGKILL');
        await worker;
      },
    });
  }

  async function startWaiting() {
    const options = { workflowId: newId(), taskQueue: 'fixtures' };
    return server.client.workflow.start('waits', options);
  }

  async function startEndless() {
    return server.client.workflow.start('endless', { workflowId: 'endless-1', taskQueue: 'fixtures' });
  }

  it('keeps no stacks, and ends with its process when the code of a workflow does not end', async () => {
    await using worker = runFixtures();
    const waiting = await startWaiting();
    await assert.rejects(waiting.query('__stack_trace'), /Workflow stack traces are not enabled/);
    const endless = await startEndless();
    const { exitCode, stderr } = await worker;
    assert.equal(exitCode, 1);
    assert.match(stderr, /the code of workflow endless-1 does not end: ending the process/);
    await Promise.all([waiting.terminate(), endless.terminate()]);
  });

  it('ends its process also when another thread has begun meanwhile', async () => {
    await using worker = runFixtures();
    const waiting = await startWaiting();
    await eventually('the worker to run', async () => {
      const { events } = await waiting.fetchHistory();
      return events?.some(({ workflowTaskCompletedEventAttributes: completed }) => completed);
    });
    const endless = await startEndless();
    await eventually('its code to run', async () => {
      const { events } = await endless.fetchHistory();
      return events?.some(({ workflowTaskStartedEventAttributes: started }) => started);
    });
    worker.kill('SIGUSR2');
    const { exitCode, stderr } = await worker;
    assert.equal(exitCode, 1);
    assert.match(stderr, /the code of workflow endless-1 does not end: ending the process/);
    await Promise.all([waiting.terminate(), endless.terminate()]);
  });

  it('can keep stacks for the Web UI, and leave a call that does not end to the SDK, which fails its task', async () => {
    await using worker = runFixtures({ WORKFLOW_STACK_TRACES: 'true', WORKFLOW_WATCHDOG: 'call' });
    const waiting = await startWaiting();
    assert.match(await waiting.query<string>('__stack_trace'), /endless\.workflow\.ts/);
    const endless = await startEndless();
    await eventually(
      'the task to fail',
      async () => {
        const { events } = await endless.fetchHistory();
        const failed = events?.find(({ workflowTaskFailedEventAttributes: failure }) => failure);
        return /timed out/.test(failed?.workflowTaskFailedEventAttributes?.failure?.message ?? '');
      },
      { within: 60_000 },
    );
    assert.equal(worker.exitCode, null);
    await Promise.all([waiting.terminate(), endless.terminate()]);
  });
});
