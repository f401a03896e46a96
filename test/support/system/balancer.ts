import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Component } from '#tools/testbed/component.ts';
import { eventually } from '#tools/testbed/eventually.ts';

/** How often each copy is asked, in ms. */
const ASK_EVERY = 100;

/** What stands before the copies of a service where there are several, as an orchestrator has it. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Among these copies from now on. Resolves when all of them are ready. */
  balance(copies: readonly Component[]): Promise<void>;
}

/**
 * Gives each new connection to the next copy that says it is serving, and leaves those alone that there are: connections
 * are balanced, not requests.
 */
export async function openBalancer(): Promise<Balancer> {
  const [port = 0] = await findFreePorts(1);
  const stopped = new AbortController();
  const sockets = new Set<Socket>();
  let copies: readonly Component[] = [];
  let serving: readonly Component[] = [];
  let turn = 0;

  const server = createServer({ noDelay: true }, (near) => {
    const copy = serving[(turn += 1) % serving.length];
    const far = createConnection({
      host: LOOPBACK,
      port: Number(new URL(copy?.url ?? 'http://none:1').port),
      noDelay: true,
    });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  const asking = (async () => {
    while (!stopped.signal.aborted) {
      const states = await Promise.all(copies.map(async (copy) => says(copy, 'serving')));
      serving = copies.filter((_, index) => states[index]);
      await sleep(ASK_EVERY, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();

  return {
    url: `http://${LOOPBACK}:${port}`,
    async balance(those) {
      copies = those;
      const ready = async () =>
        (await Promise.all(those.map(async (copy) => says(copy, 'ready')))).every(Boolean);
      await eventually('all copies to be ready', async () => serving.length === those.length && ready(), {
        within: 60_000,
      });
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      server.close();
      for (const socket of sockets) socket.destroy();
      await asking;
    },
  };
}

async function says({ url }: Component, state: 'serving' | 'ready'): Promise<boolean> {
  return fetch(`${url}/health/${state}`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
