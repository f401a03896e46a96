import assert from 'node:assert/strict';
import { STACK_COMPONENTS } from '#contracts/values/stack-bounds.ts';
import { npmStart } from '#test/support/system/npm-start.ts';
import { operatorOf } from '#test/support/system/operator.ts';
import { isAlive } from '#tools/stack/bootstrap/processes/process-id.js';
import { readProcessRegistry } from '#tools/stack/processes/process-registry.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('npm start with a component that is paused', function () {
  this.timeout(300_000);

  it('stops without killing anything, and leaves no process behind', async () => {
    await using running = await npmStart();
    const operator = operatorOf(running);
    const processes = readProcessRegistry(running.settings.home)?.processes ?? [];
    assert.equal(processes.length, STACK_COMPONENTS.length);
    for (const part of ['postgres', 'workflows', 'gateway']) {
      const { status } = await operator.post('/api/stack/faults', { part, fault: 'pause', seconds: 30 });
      assert.equal(status, 202);
    }
    // The last of them answers and is paused then.
    const isGone = async () =>
      running.client.send({ method: 'GET', path: '/health/live' }).then(
        () => false,
        () => true,
      );
    await eventually('the gateway to stand still', isGone, { within: 60_000 });
    const { code, output } = await running.stop();
    assert.equal(code, 0);
    assert.doesNotMatch(output, /is killed/);
    assert.deepEqual(processes.filter(isAlive), []);
    assert.equal(readProcessRegistry(running.settings.home), undefined);
  });
});
