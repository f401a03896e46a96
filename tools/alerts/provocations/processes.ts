import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { keepDoing } from './provocation.ts';
import type { Provoke } from './provocation.ts';

export function kill(name: ServiceName): Provoke {
  return async ({ system }, healing) => {
    const service = system.service(name);
    healing.defer(async () => service.start());
    await service.kill();
  };
}

/** As a watchdog would, or the memory of its container. */
export function killRepeatedly(name: ServiceName): Provoke {
  return async ({ system }, healing) => {
    const service = system.service(name);
    keepDoing(healing, 0, async () => {
      await service.kill();
      await service.start();
    });
  };
}

/** Its name resolves to no address any more. */
export function forget(name: ServiceName): Provoke {
  return async ({ system, prometheus }, healing) => {
    const { host } = new URL(system.service(name).url);
    healing.defer(() => prometheus.tell({ [name]: [host] }));
    prometheus.tell({ [name]: [] });
  };
}
