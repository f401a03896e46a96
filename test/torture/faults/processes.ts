import { serviceNames, type ServiceName } from '../../../stack/service-environments.ts';
import { pause } from '#platform/lifecycle.ts';
import type { Fault } from './fault.ts';

/** In ms. A supervisor starts a service again at once, or after a while when it keeps dying. */
const AWAY = [0, 2_000] as const;
/** In ms: past the relay's lease (10 s), the consumer's session (6 s) and the gateway's wait for a reply (10 s). */
const STANDS_STILL = [11_000, 13_000] as const;

export const killServices: readonly Fault[] = serviceNames.map((name) => ({
  name: `kill -9 ${name}`,
  parts: [name],
  async harm({ system, random, signal }) {
    const service = system.service(name);
    await service.kill();
    await pause(random.between(...AWAY), signal);
    await service.start();
    return true;
  },
}));

export const suspendServices: readonly Fault[] = serviceNames.map((name: ServiceName) => ({
  name: `SIGSTOP ${name}`,
  parts: [name],
  async harm({ system, random, signal }) {
    const service = system.service(name);
    service.suspend();
    await pause(random.between(...STANDS_STILL), signal);
    service.resume();
    return true;
  },
}));
