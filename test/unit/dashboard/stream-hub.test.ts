import assert from 'node:assert/strict';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { newIdentity } from '../../../dashboard/identity/identities.ts';
import type { Identity } from '../../../dashboard/identity/identities.ts';
import type { FollowOptions } from '../../../dashboard/stream/follow-options.ts';
import { createStreamHub } from '../../../dashboard/stream/stream-hub.ts';
import type { HubMessage, Port, TabMessage } from '../../../dashboard/stream/stream-messages.ts';

/** A stream that the hub has opened. */
interface Followed {
  readonly identity: Identity;
  readonly options: FollowOptions;
}

describe('the stream hub', () => {
  let followed: Followed[];
  let connect: (port: Port<TabMessage>) => void;
  const ports: { close(): void }[] = [];
  beforeEach(() => {
    followed = [];
    ({ connect } = createStreamHub(async (identity, options) => {
      followed.push({ identity, options });
      options.onState('live');
      options.onBegin();
    }));
  });
  afterEach(() => {
    for (const port of ports.splice(0)) port.close();
  });

  function openTab(identity: Identity) {
    const { port1, port2 } = new MessageChannel();
    connect(port1 as unknown as Port<TabMessage>);
    const received: HubMessage[] = [];
    const port = port2 as unknown as Port<HubMessage> & { close(): void };
    ports.push(port);
    port.addEventListener('message', ({ data }) => received.push(data));
    port.start();
    const post = (message: TabMessage) => port.postMessage(message);
    post({ join: identity });
    const last = () => received.findLast((one) => typeof one === 'object' && 'state' in one);
    const untilState = async (state: string) =>
      eventually(`a tab to be ${state}`, async () => JSON.stringify(last()) === JSON.stringify({ state }));
    return { received, post, untilState, port };
  }

  const open = () => followed.filter(({ options }) => !options.signal.aborted);

  it('has one stream for all tabs of a user, and hands each change to each of them', async () => {
    const identity = newIdentity();
    const tabs = Array.from({ length: 7 }, () => openTab(identity));
    await Promise.all(tabs.map(async ({ untilState }) => untilState('live')));
    assert.equal(followed.length, 1);
    const order = { orderId: 'one', amount: 10n ** 17n } as OrderReply;
    followed[0]?.options.onChange({ id: '5', order });
    for (const { received } of tabs) {
      await eventually('the change', async () =>
        received.some((one) => typeof one === 'object' && 'change' in one),
      );
      assert.deepEqual(received.at(-1), { change: order });
      assert.ok(received.includes('read'), 'it reads what changed before it joined');
    }
  });

  it('ends the stream with the last tab of its user', async () => {
    const identity = newIdentity();
    const [one, other] = [openTab(identity), openTab(identity)];
    await Promise.all([one.untilState('live'), other.untilState('live')]);
    one.post('leave');
    // A tab that crashed says nothing.
    other.port.close();
    await eventually('the stream to end', async () => open().length === 0);
  });

  it('has two streams for seven users: of those that were looked at last, while the others poll', async () => {
    const tabs = [];
    for (let user = 0; user < 7; user += 1) {
      const tab = openTab(newIdentity());
      await tab.untilState('live');
      tabs.push(tab);
    }
    const [first, ...others] = tabs;
    const [, last] = tabs.slice(-2);
    await Promise.all(tabs.slice(0, -2).map(async ({ untilState }) => untilState('polling')));
    assert.equal(open().length, 2);
    first?.post('seen');
    await first?.untilState('live');
    await others.at(-2)?.untilState('polling');
    await last?.untilState('live');
    assert.equal(open().length, 2);
  });

  it('resumes after the last change when a user has a stream again', async () => {
    const tabs = [openTab(newIdentity())];
    await tabs[0]?.untilState('live');
    followed[0]?.options.onChange({ id: '41', order: {} as OrderReply });
    for (const _ of [1, 2]) {
      const tab = openTab(newIdentity());
      await tab.untilState('live');
    }
    await tabs[0]?.untilState('polling');
    tabs[0]?.post('seen');
    await tabs[0]?.untilState('live');
    assert.equal(followed.at(-1)?.options.lastEventId, '41');
  });

  it('asks again for a user who was refused and joins once more', async () => {
    const identity = newIdentity();
    const refused = openTab(identity);
    await refused.untilState('live');
    followed[0]?.options.onState('refused');
    await refused.untilState('refused');
    refused.post('leave');
    const again = openTab(identity);
    await again.untilState('live');
    assert.equal(followed.length, 2);
  });
});
