import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { UserError } from '../bootstrap/user-error.js';
import { LOOPBACK } from './settings.ts';
import type { PortName, Settings } from './settings.ts';

const OWNERS: Record<PortName, string> = {
  GATEWAY_PORT: 'the gateway',
  ORDERS_PORT: 'orders',
  PAYMENTS_PORT: 'payments',
  WORKFLOWS_PORT: 'workflows',
  STACK_PORT: 'the controls of npm start',
  POSTGRES_PORT: 'PostgreSQL',
  KAFKA_PORT: 'Kafka',
  KAFKA_CONTROLLER_PORT: "Kafka's controller",
  TEMPORAL_PORT: 'Temporal',
  TEMPORAL_UI_PORT: "Temporal's Web UI",
};

/** @throws UserError that names each port in use, which component needs it, and the variable that sets it */
export async function checkPorts(settings: Settings): Promise<void> {
  const names = Object.keys(OWNERS) as PortName[];
  const taken = (
    await Promise.all(names.map(async (name) => ((await isFree(settings.ports[name])) ? [] : [name])))
  ).flat();
  const [first, ...more] = taken.map((name) => `port ${settings.ports[name]} of ${OWNERS[name]} (${name})`);
  if (!first) return;
  throw new UserError(
    more.length === 0
      ? `Another process uses ${first}. Stop it, or set the variable in brackets to a free port.`
      : `Another process, perhaps another copy of Gozon, uses ${[first, ...more].join(', ')}. Stop it, or set the variables in brackets to free ports.`,
  );
}

/** Free ports for every component, to run a second copy: `readSettings({ ...process.env, ...await freePorts() })`. */
export async function freePorts(): Promise<Record<PortName, string>> {
  const names = Object.keys(OWNERS) as PortName[];
  const ports = await findFreePorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, String(ports[index])])) as Record<
    PortName,
    string
  >;
}

// One after the other from a place by chance: two processes that look at once rarely meet, and none gets a port twice.
let next = randomInt(10_000, 32_768);

/**
 * Below 32768, where no connection gets its own port from: a part that was killed finds its port free again, although
 * clients try to reach it all the while.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const port = next;
    next = next === 32_767 ? 10_000 : next + 1;
    if (await isFree(port)) found.push(port);
  }
  return found;
}

/** @throws UserError when only root may use the port */
export async function isFree(port: number): Promise<boolean> {
  try {
    await close(await listen(port));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES')
      throw new UserError(`Port ${port} needs root. Choose one above 1023.`);
    return false;
  }
}

async function listen(port: number): Promise<net.Server> {
  const server = net.createServer().listen({ host: LOOPBACK, port, exclusive: true });
  await once(server, 'listening');
  return server;
}

async function close(server: net.Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
