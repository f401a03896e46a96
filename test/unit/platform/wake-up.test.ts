import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createHintBell } from '#platform/timing/wake-up.ts';

const LONG = 1e8;

describe('a hint bell', () => {
  it('wakes whoever waits', async () => {
    const bell = createHintBell();
    const woken = bell.untilRung(LONG, new AbortController().signal);
    bell.ring();
    await woken;
  });

  it('keeps a ring for the next who waits, and only for him', async () => {
    const bell = createHintBell();
    const { signal } = new AbortController();
    bell.ring();
    bell.ring();
    await bell.untilRung(LONG, signal);
    const second = bell.untilRung(LONG, signal).then(() => 'woken');
    assert.equal(await Promise.race([second, Promise.resolve('waiting')]), 'waiting');
    bell.ring();
    await second;
  });

  it('returns by itself when nobody rings', async () => {
    await createHintBell().untilRung(1, new AbortController().signal);
  });

  it('returns at once when told to stop, before or while waiting', async () => {
    const bell = createHintBell();
    const controller = new AbortController();
    const waiting = bell.untilRung(LONG, controller.signal);
    controller.abort();
    await waiting;
    await bell.untilRung(LONG, controller.signal);
  });

  it('leaves no listener behind on the signal it was given', async () => {
    const bell = createHintBell();
    const { signal } = new AbortController();
    for (let turn = 0; turn < 20; turn++) {
      bell.ring();
      await bell.untilRung(LONG, signal);
      const woken = bell.untilRung(LONG, signal);
      bell.ring();
      await woken;
    }
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});
