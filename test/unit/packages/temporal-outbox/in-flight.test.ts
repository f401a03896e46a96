import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mock } from 'node:test';
import { createInFlight } from '@gozon/temporal-outbox';

const EXPIRY = 30_000;

function queued(fairnessKey: string | null) {
  return { fairnessKey, waited: 10_000 };
}

describe('the workflows in flight of a relay', () => {
  /** What the clock says, in ms: only a test moves it. */
  let time: number;

  beforeEach(() => {
    time = 0;
    mock.method(performance, 'now', () => time);
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => mock.reset());

  it('take a slot each until their end', () => {
    const inFlight = createInFlight(2, EXPIRY);
    assert.equal(inFlight.available(), 2);
    inFlight.begin('a');
    inFlight.begin('b');
    assert.equal(inFlight.available(), 0);
    inFlight.release('a');
    assert.equal(inFlight.available(), 1);
  });

  it('take one slot however often they are started, and give back one however often they end', () => {
    const inFlight = createInFlight(3, EXPIRY);
    inFlight.begin('a');
    inFlight.begin('a');
    assert.equal(inFlight.available(), 2);
    inFlight.release('a');
    inFlight.release('a');
    inFlight.release('never started');
    assert.equal(inFlight.available(), 3);
  });

  it('count for their key until their end, and tell of each that it has room', () => {
    const inFlight = createInFlight(64, EXPIRY);
    const { mostOfKey } = inFlight.keys;
    let told = 0;
    inFlight.onRoomOfKey(() => (told += 1));
    const orders = Array.from({ length: mostOfKey }, (_, n) => `order-${n}`);
    for (const order of orders) inFlight.begin(order, queued('key'));
    inFlight.begin('order-0', queued('key'));
    inFlight.begin('another', queued('another key'));
    inFlight.begin('of no key', queued(null));
    assert.deepEqual(
      [...inFlight.keys.inFlight],
      [
        ['key', mostOfKey],
        ['another key', 1],
      ],
    );
    told = 0;
    for (const order of [...orders, ...orders, 'another', 'of no key']) inFlight.complete(order);
    // Of "key" once no more are left than it may have beside another key.
    assert.equal(told, 3);
    assert.deepEqual([...inFlight.keys.inFlight], []);
  });

  it('are one of a key while they wait for each other, and then count for it for longer than they take', () => {
    const inFlight = createInFlight(64, EXPIRY);
    const run = (workflowId: string, took: number, waited = 10_000) => {
      // Another key takes part.
      inFlight.begin('another', queued('another key'));
      inFlight.release('another');
      inFlight.begin(workflowId, { fairnessKey: 'key', waited });
      time += took;
      inFlight.complete(workflowId);
    };
    for (let order = 0; order < 50; order++) run('quick', 40);
    assert.deepEqual([inFlight.keys.mostOfKey, inFlight.keys.inFlight.size], [2, 0]);
    for (let order = 0; order < 50; order++) run('slow', 200);
    assert.equal(inFlight.keys.mostOfKey, 1);
    mock.timers.tick(5_000);
    let told = 0;
    inFlight.onRoomOfKey(() => (told += 1));
    run('slow', 100);
    told = 0;
    // 8 times the 52 ms that it took beyond 1.2 times the quickest.
    mock.timers.tick(410);
    assert.deepEqual([inFlight.keys.inFlight.get('key'), told], [1, 0]);
    mock.timers.tick(10);
    assert.deepEqual([inFlight.keys.inFlight.size, told], [0, 1]);
    run('after an outage', 20_000);
    mock.timers.tick(1_000);
    assert.equal(inFlight.keys.inFlight.size, 0);
    run('without others behind it', 100, 20);
    mock.timers.tick(20);
    assert.equal(inFlight.keys.inFlight.size, 0);
    for (let order = 0; order < 100; order++) run('quick again', 40);
    mock.timers.tick(5_000);
    assert.deepEqual([inFlight.keys.mostOfKey, inFlight.keys.inFlight.size], [2, 0]);
  });

  it('are more of a key while it is the only one, without rests, until a second after another had one', () => {
    const inFlight = createInFlight(64, EXPIRY);
    const run = (workflowId: string, key: string, took: number) => {
      inFlight.begin(workflowId, { fairnessKey: key, waited: 10_000 });
      time += took;
      inFlight.complete(workflowId);
    };
    for (let order = 0; order < 50; order++) run('quick', 'key', 40);
    for (let order = 0; order < 50; order++) run('slow', 'key', 200);
    assert.deepEqual([inFlight.keys.mostOfKey, inFlight.keys.inFlight.size], [8, 0]);
    run('of another', 'another key', 10);
    assert.equal(inFlight.keys.mostOfKey, 1);
    time += 999;
    assert.equal(inFlight.keys.mostOfKey, 8);
  });

  it('no longer count for their key after 300 ms, when they wait for an outage to end', () => {
    const inFlight = createInFlight(64, EXPIRY);
    let told = 0;
    inFlight.onRoomOfKey(() => (told += 1));
    const orders = Array.from({ length: inFlight.keys.mostOfKey }, (_, n) => `order-${n}`);
    for (const order of orders) inFlight.begin(order, queued('key'));
    mock.timers.tick(300);
    assert.deepEqual([inFlight.keys.inFlight.size, told], [0, orders.length]);
    assert.equal(inFlight.available(), 64 - orders.length);
  });

  it('no longer count for their key when another process may run them', () => {
    const inFlight = createInFlight(64, EXPIRY);
    inFlight.begin('a', queued('key'));
    inFlight.mayRunElsewhere('a');
    assert.equal(inFlight.keys.inFlight.size, 0);
    inFlight.complete('a');
    assert.equal(inFlight.keys.inFlight.size, 0);
  });

  it('give their slot back when their time is over, which a second start begins again', () => {
    const inFlight = createInFlight(1, EXPIRY);
    inFlight.begin('a');
    mock.timers.tick(EXPIRY - 1);
    inFlight.begin('a');
    mock.timers.tick(EXPIRY - 1);
    assert.equal(inFlight.available(), 0);
    mock.timers.tick(1);
    assert.equal(inFlight.available(), 1);
  });

  it('give their slot back after 2 s when another process may run them', () => {
    const inFlight = createInFlight(2, EXPIRY);
    for (const order of ['a', 'b']) {
      inFlight.begin(order);
      inFlight.mayRunElsewhere(order);
    }
    inFlight.mayRunElsewhere('reported already');
    mock.timers.tick(1_999);
    assert.equal(inFlight.available(), 0);
    inFlight.complete('a');
    assert.equal(inFlight.available(), 1);
    mock.timers.tick(1);
    assert.equal(inFlight.available(), 2);
    inFlight.begin('a');
    inFlight.release('b');
    mock.timers.tick(EXPIRY - 1);
    assert.equal(inFlight.available(), 1, 'what is started again here holds its slot as before');
    mock.timers.tick(1);
    assert.equal(inFlight.available(), 2);
  });

  it('are fewer at a time also when a slow one completes after its slot expired', () => {
    const inFlight = createInFlight(64, EXPIRY);
    inFlight.begin('a');
    inFlight.mayRunElsewhere('a');
    time = 5_000;
    mock.timers.tick(5_000);
    assert.equal(inFlight.available(), 64);
    inFlight.complete('a');
    assert.equal(inFlight.available(), 32);
  });

  it('are half as many for each round of refusals, down to one, and more again as they complete', () => {
    const inFlight = createInFlight(8, EXPIRY);
    for (const left of [4, 2, 1, 1]) {
      time += 1;
      const round = ['a', 'b'].slice(0, inFlight.available());
      for (const order of round) inFlight.begin(order);
      time += 1;
      for (const order of round) inFlight.refuse(order);
      assert.equal(inFlight.available(), left);
    }
    time += 1;
    inFlight.begin('a');
    inFlight.complete('a');
    assert.equal(inFlight.available(), 2);
    inFlight.refuse('never started');
    assert.equal(inFlight.available(), 2);
  });

  it('are fewer at a time while they are slow, and as many as before when they are quick again', () => {
    const inFlight = createInFlight(64, EXPIRY);
    const one = (ms: number) => {
      inFlight.begin('a');
      time += ms;
      inFlight.complete('a');
      return inFlight.available();
    };
    assert.equal(one(1_000), 64);
    assert.deepEqual(
      [one(1_001), one(1_001), one(5_000), one(5_000), one(5_000), one(5_000)],
      [32, 16, 8, 4, 4, 4],
    );
    for (let places = 5; places <= 64; places++) assert.equal(one(20), places);
    assert.equal(one(20), 64);
  });

  /** How many are in flight in the end, when as many as may begin do, and each ends after `least` and `gap` after another. */
  function inFlightIn({ least, gap }: { least: number; gap: number }): number {
    const inFlight = createInFlight(64, EXPIRY);
    const ends: number[] = [];
    for (let ended = 0; ended < 1_000; ended++) {
      while (inFlight.available() > 0) {
        inFlight.begin(`${ended + ends.length}`);
        ends.push(Math.max(time + least, (ends.at(-1) ?? 0) + gap));
      }
      time = ends.shift() ?? time;
      inFlight.complete(`${ended}`);
    }
    return ends.length;
  }

  it('are no more at a time than make them wait for each other', () => {
    const inFlight = inFlightIn({ least: 50, gap: 20 });
    assert.ok(inFlight >= 3 && inFlight <= 10, `${inFlight} are in flight`);
  });

  it('are as many as allowed while they take the same time however many they are', () => {
    assert.equal(inFlightIn({ least: 200, gap: 0 }), 63);
  });

  it('are halved once for all that were under way together', () => {
    time = 1;
    const inFlight = createInFlight(64, EXPIRY);
    for (let order = 0; order < 64; order++) inFlight.begin(`${order}`);
    time += 4_000;
    for (let order = 0; order < 64; order++) inFlight.complete(`${order}`);
    assert.equal(inFlight.available(), 32);
  });

  it('let nobody wait while a slot is free', async () => {
    await createInFlight(1, EXPIRY).untilAvailable(new AbortController().signal);
  });

  it('hold up a caller that waits for a slot until one ends', async () => {
    const inFlight = createInFlight(1, EXPIRY);
    inFlight.begin('a');
    const free = inFlight.untilAvailable(new AbortController().signal).then(() => 'free');
    assert.equal(await Promise.race([free, Promise.resolve('waiting')]), 'waiting');
    inFlight.release('a');
    assert.equal(await free, 'free');
  });

  it('hold up a caller that waits for a slot until one expires', async () => {
    const inFlight = createInFlight(1, EXPIRY);
    inFlight.begin('a');
    const free = inFlight.untilAvailable(new AbortController().signal);
    mock.timers.tick(EXPIRY);
    await free;
  });

  it('keep a caller waiting when the slot that became free was taken again at once', async () => {
    const inFlight = createInFlight(1, EXPIRY);
    inFlight.begin('a');
    const free = inFlight.untilAvailable(new AbortController().signal).then(() => 'free');
    inFlight.release('a');
    inFlight.begin('b');
    assert.equal(
      await Promise.race([free, new Promise((resolve) => setImmediate(resolve, 'waiting'))]),
      'waiting',
    );
    inFlight.release('b');
    assert.equal(await free, 'free');
  });

  it('let a waiting caller go when told to stop, without a listener left behind', async () => {
    const inFlight = createInFlight(1, EXPIRY);
    inFlight.begin('a');
    const controller = new AbortController();
    const waiting = inFlight.untilAvailable(controller.signal);
    controller.abort();
    await waiting;
    await inFlight.untilAvailable(controller.signal);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });
});
