import type { System } from '#tools/testbed/system.ts';
import type { Provoke } from './provocation.ts';

/** Temporal starts again with another value of its dynamic configuration, and then without it. */
export function configureTemporal(key: string, value: number | boolean): Provoke {
  return async ({ system }, healing) => {
    healing.defer(async () => {
      system.temporalSettings.delete(key);
      await restart(system);
    });
    system.temporalSettings.set(key, value);
    await restart(system);
  };
}

async function restart({ temporal }: System): Promise<void> {
  await temporal.terminate();
  await temporal.start();
}
