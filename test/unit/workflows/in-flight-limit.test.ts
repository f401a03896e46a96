import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mock } from 'node:test';
import { createUnreported } from '#workflows/relay/in-flight-limit.ts';

const EXPIRY = 30_000;

describe('the orders not yet reported', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('take a place each until they are reported', () => {
    const unreported = createUnreported(2, EXPIRY);
    assert.equal(unreported.free(), 2);
    unreported.add('a');
    unreported.add('b');
    assert.equal(unreported.free(), 0);
    unreported.remove('a');
    assert.equal(unreported.free(), 1);
  });

  it('take one place however often they are started, and give back one however often reported', () => {
    const unreported = createUnreported(3, EXPIRY);
    unreported.add('a');
    unreported.add('a');
    assert.equal(unreported.free(), 2);
    unreported.remove('a');
    unreported.remove('a');
    unreported.remove('never started');
    assert.equal(unreported.free(), 3);
  });

  it('give their place back when their time is over, which a second start begins anew', () => {
    const unreported = createUnreported(1, EXPIRY);
    unreported.add('a');
    mock.timers.tick(EXPIRY - 1);
    unreported.add('a');
    mock.timers.tick(EXPIRY - 1);
    assert.equal(unreported.free(), 0);
    mock.timers.tick(1);
    assert.equal(unreported.free(), 1);
  });

  it('give their place back after 2 s when another process may run them', () => {
    const unreported = createUnreported(2, EXPIRY);
    for (const order of ['a', 'b']) {
      unreported.add(order);
      unreported.mayRunElsewhere(order);
    }
    unreported.mayRunElsewhere('reported already');
    mock.timers.tick(1_999);
    assert.equal(unreported.free(), 0);
    unreported.reported('a');
    assert.equal(unreported.free(), 1);
    mock.timers.tick(1);
    assert.equal(unreported.free(), 2);
    unreported.add('a');
    unreported.remove('b');
    mock.timers.tick(EXPIRY - 1);
    assert.equal(unreported.free(), 1, 'what is started again here holds its place as ever');
    mock.timers.tick(1);
    assert.equal(unreported.free(), 2);
  });

  it('are fewer at a time also when one is slow whose place was given back before it was reported here', () => {
    let time = 0;
    const unreported = createUnreported(64, EXPIRY, () => time);
    unreported.add('a');
    unreported.mayRunElsewhere('a');
    time = 5_000;
    mock.timers.tick(5_000);
    assert.equal(unreported.free(), 64);
    unreported.reported('a');
    assert.equal(unreported.free(), 32);
  });

  it('are fewer at a time while reports are slow, and as many as before when they are quick again', () => {
    let time = 0;
    const unreported = createUnreported(64, EXPIRY, () => time);
    const one = (ms: number) => {
      unreported.add('a');
      time += ms;
      unreported.reported('a');
      return unreported.free();
    };
    assert.equal(one(1_000), 64);
    assert.deepEqual(
      [one(1_001), one(1_001), one(5_000), one(5_000), one(5_000), one(5_000)],
      [32, 16, 8, 4, 4, 4],
    );
    for (let places = 5; places <= 64; places++) assert.equal(one(20), places);
    assert.equal(one(20), 64);
  });

  it('are halved once for all that were under way together', () => {
    let time = 1;
    const unreported = createUnreported(64, EXPIRY, () => time);
    for (let order = 0; order < 64; order++) unreported.add(`${order}`);
    time += 4_000;
    for (let order = 0; order < 64; order++) unreported.reported(`${order}`);
    assert.equal(unreported.free(), 32);
  });

  it('let nobody wait while a place is free', async () => {
    await createUnreported(1, EXPIRY).untilFree(new AbortController().signal);
  });

  it('hold up whoever waits for a place until one is reported', async () => {
    const unreported = createUnreported(1, EXPIRY);
    unreported.add('a');
    const free = unreported.untilFree(new AbortController().signal).then(() => 'free');
    assert.equal(await Promise.race([free, Promise.resolve('waiting')]), 'waiting');
    unreported.remove('a');
    assert.equal(await free, 'free');
  });

  it('hold up whoever waits for a place until one expires', async () => {
    const unreported = createUnreported(1, EXPIRY);
    unreported.add('a');
    const free = unreported.untilFree(new AbortController().signal);
    mock.timers.tick(EXPIRY);
    await free;
  });

  it('keep waiting when the place that became free was taken again at once', async () => {
    const unreported = createUnreported(1, EXPIRY);
    unreported.add('a');
    const free = unreported.untilFree(new AbortController().signal).then(() => 'free');
    unreported.remove('a');
    unreported.add('b');
    assert.equal(
      await Promise.race([free, new Promise((resolve) => setImmediate(resolve, 'waiting'))]),
      'waiting',
    );
    unreported.remove('b');
    assert.equal(await free, 'free');
  });

  it('let go of whoever waits when told to stop, without a listener left behind', async () => {
    const unreported = createUnreported(1, EXPIRY);
    unreported.add('a');
    const controller = new AbortController();
    const waiting = unreported.untilFree(controller.signal);
    controller.abort();
    await waiting;
    await unreported.untilFree(controller.signal);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });
});
