import { randomUUID } from 'node:crypto';
import type { Peer } from '../peer.ts';
import { openShop } from '../shop/open-shop.ts';
import { startGateway, startProgram } from '../shop/start-programs.ts';

const FRONT =
  'One process has the HTTP front, the client and the worker, as eager starts need: ' +
  'https://docs.temporal.io/design-patterns/eager-workflow-start. There is no database: the request is answered ' +
  "when Temporal has acknowledged the start, and an order is decided when its second activity ends, by the worker's clock.";

/** The ceiling of what Temporal gives: nothing but an eager start and two local activities that do nothing. */
export const bareTuned: Peer = bare({
  name: 'bare-tuned',
  title: 'bare Temporal, eager start and two local activities that do nothing, tuned',
  setUp:
    "The product's own settings of the worker: slots for every eager start, at most 64 workflows in flight, no watchdog " +
    `thread for each call and no stack traces (workflows/workflow-thread.ts). ${FRONT}`,
  preload: ['workflows/workflow-thread.ts'],
  environment: { TUNED: 'true' },
});

export const bareUntuned: Peer = bare({
  name: 'bare-untuned',
  title: 'bare Temporal, eager start and two local activities that do nothing, default settings',
  setUp: `The SDK's default settings, and no limit of what is in flight. ${FRONT}`,
});

interface Variant extends Pick<Peer, 'name' | 'title' | 'setUp'> {
  readonly preload?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

function bare({ name, title, setUp, ...options }: Variant): Peer {
  return {
    name,
    title,
    setUp,
    uses: ['temporal'],
    async start(rig, stack) {
      const { settings } = await openShop(rig, stack, name);
      const file = 'tools/bench/peers/bare/run-bare.ts';
      const program = await startProgram(rig, stack, settings, { name: 'bare', file, ...options });
      const gateway = await startGateway(rig, stack, program.url);
      const ask = async (path: string, body: unknown): Promise<unknown> => {
        const reply = await fetch(`${program.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
        if (!reply.ok) throw new Error(`${path} answered ${reply.status}`);
        return reply.json();
      };
      return {
        baseUrl: gateway.url,
        processes: [gateway, program],
        openCustomers: async (count) => Array.from({ length: count }, () => randomUUID()),
        decidedAt: async (orderIds) => new Map((await ask('/decided', orderIds)) as [string, number][]),
        workflowId: (orderId) => orderId,
        directly: async (count, atOnce) => (await ask('/directly', { count, atOnce })) as number,
      };
    },
  };
}
