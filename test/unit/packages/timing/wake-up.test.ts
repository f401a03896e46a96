import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createWakeUp } from '@gozon/timing';

const LONG = 1e8;

describe('a wake-up', () => {
  it('wakes its waiter', async () => {
    const wakeUp = createWakeUp();
    const woken = wakeUp.wait(LONG, new AbortController().signal);
    wakeUp.set();
    await woken;
  });

  it('is kept for the next waiter, and only for that one', async () => {
    const wakeUp = createWakeUp();
    const { signal } = new AbortController();
    wakeUp.set();
    wakeUp.set();
    await wakeUp.wait(LONG, signal);
    const second = wakeUp.wait(LONG, signal).then(() => 'woken');
    assert.equal(await Promise.race([second, Promise.resolve('waiting')]), 'waiting');
    wakeUp.set();
    await second;
  });

  it('lets its waiter return after the timeout', async () => {
    await createWakeUp().wait(1, new AbortController().signal);
  });

  it('lets its waiter return at once when told to stop, before or while waiting', async () => {
    const wakeUp = createWakeUp();
    const controller = new AbortController();
    const waiting = wakeUp.wait(LONG, controller.signal);
    controller.abort();
    await waiting;
    await wakeUp.wait(LONG, controller.signal);
  });

  it('leaves no listener behind on the signal it was given', async () => {
    const wakeUp = createWakeUp();
    const { signal } = new AbortController();
    for (let turn = 0; turn < 20; turn++) {
      wakeUp.set();
      await wakeUp.wait(LONG, signal);
      const woken = wakeUp.wait(LONG, signal);
      wakeUp.set();
      await woken;
    }
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});
