import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';

/** A TCP proxy between two parts, which a test can break. It forwards everything until then. */
export interface Link extends AsyncDisposable {
  readonly port: number;
  /** host:port */
  readonly address: string;
  /** Those that are open. */
  readonly connections: number;
  /** Leads new connections to another port. Those that are open stay where they are, as when an address moves. */
  lead(to: number): void;
  /** Each byte takes this long, in each direction, in ms. */
  delay(ms: number): void;
  /** Resets every connection and refuses new ones, as a host whose program is gone does. */
  cut(): Promise<void>;
  /** Forwards nothing: connections stay open, new ones are accepted, and neither side is told. */
  halfOpen(): void;
  /**
   * Ends `cut` and `halfOpen`. Connections from before a silence go on where they were (the network was away), or stay
   * silent while new ones work (a firewall on the way has forgotten them): the nasty case, and the default.
   */
  heal(old?: 'stays silent' | 'goes on'): Promise<void>;
}

interface Connection {
  readonly ends: readonly [Socket, Socket];
  readonly gate: Gate;
}

/** Opens a link to a port of this machine, where nobody need listen yet. By default it listens on a free port. */
export async function openLink(target: number, at?: number): Promise<Link> {
  const [port = 0] = at === undefined ? await findFreePorts(1) : [at];
  const connections = new Set<Connection>();
  let delay = 0;
  let silent = false;
  let leadsTo = target;

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = createConnection({ host: LOOPBACK, port: leadsTo, allowHalfOpen: true, noDelay: true });
    const connection = { ends: [near, far] as const, gate: createGate(!silent) };
    connections.add(connection);
    const pass = async (from: Socket, to: Socket) => {
      try {
        for await (const chunk of from.iterator({ destroyOnReturn: false })) {
          if (delay > 0) await sleep(delay);
          await connection.gate.opened;
          if (!to.write(chunk as Buffer)) await once(to, 'drain');
        }
        await connection.gate.opened;
        to.end();
      } catch {
        await connection.gate.opened;
        reset(connection);
      }
    };
    // Without a listener an error would end the tests. The one that passes bytes on hears of it too.
    for (const end of connection.ends) end.on('error', () => {});
    void Promise.all([pass(near, far), pass(far, near)]).then(() => connections.delete(connection));
  });
  await listen(server, port);

  async function cut(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const connection of connections) reset(connection);
    await closed;
  }

  return {
    port,
    address: `${LOOPBACK}:${port}`,
    get connections() {
      return connections.size;
    },
    lead(to) {
      leadsTo = to;
    },
    delay(ms) {
      delay = ms;
    },
    cut,
    halfOpen() {
      silent = true;
      for (const { gate } of connections) gate.close();
    },
    async heal(old = 'stays silent') {
      silent = false;
      if (old === 'goes on') for (const { gate } of connections) gate.open();
      if (!server.listening) await listen(server, port);
    },
    async [Symbol.asyncDispose]() {
      await cut();
      for (const { gate } of connections) gate.open();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
}

function reset({ ends }: Connection): void {
  for (const end of ends) {
    if (end.connecting) end.destroy();
    else end.resetAndDestroy();
  }
}

/** Passes data while it is open, and holds it while it is closed. */
interface Gate {
  readonly opened: Promise<void>;
  open(): void;
  close(): void;
}

function createGate(isOpen: boolean): Gate {
  let current = Promise.withResolvers<void>();
  let closed = !isOpen;
  if (isOpen) current.resolve();
  return {
    get opened() {
      return current.promise;
    },
    open() {
      closed = false;
      current.resolve();
    },
    close() {
      if (closed) return;
      closed = true;
      current = Promise.withResolvers<void>();
    },
  };
}
