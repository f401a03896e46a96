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

  /** A workflow of the fixtures, until disposed. */
  async function start(type: 'waits' | 'endless') {
    const options = { workflowId: newId(), taskQueue: 'fixtures' };
    const workflow = await server.client.workflow.start(type, options);
    return Object.assign(workflow, {
      async [Symbol.asyncDispose]() {
        await workflow.terminate();
      },
    });
  }

  function namesTheEndless(id: string): RegExp {
    return new RegExp(`the code of workflow ${id} does not end: ending the process`);
  }

  it('keeps no stacks, and ends with its process when the code of a workflow does not end', async () => {
    await using worker = runFixtures();
    await using waiting = await start('waits');
    await assert.rejects(waiting.query('__stack_trace'), /Workflow stack traces are not enabled/);
    await using endless = await start('endless');
    const { exitCode, stderr } = await worker;
    assert.equal(exitCode, 1);
    assert.match(stderr, namesTheEndless(endless.workflowId));
  });

  it('ends its process also when another thread has begun meanwhile', async () => {
    await using worker = runFixtures();
    await using waiting = await start('waits');
    await eventually('the worker to run', async () => {
      const { events } = await waiting.fetchHistory();
      return events?.some(({ workflowTaskCompletedEventAttributes: completed }) => completed);
    });
    await using endless = await start('endless');
    await eventually('its code to run', async () => {
      const { events } = await endless.fetchHistory();
      return events?.some(({ workflowTaskStartedEventAttributes: started }) => started);
    });
    worker.kill('SIGHUP');
    const { exitCode, stderr } = await worker;
    assert.equal(exitCode, 1);
    assert.match(stderr, namesTheEndless(endless.workflowId));
  });

  it('can keep stacks for the Web UI, and leave a call that does not end to the SDK, which fails its task', async () => {
    await using worker = runFixtures({ WORKFLOW_STACK_TRACES: 'true', WORKFLOW_WATCHDOG: 'call' });
    await using waiting = await start('waits');
    assert.match(await waiting.query<string>('__stack_trace'), /endless\.workflow\.ts/);
    await using endless = await start('endless');
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
  });
});
