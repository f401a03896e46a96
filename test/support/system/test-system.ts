import { startSystem } from '#tools/testbed/system.ts';
import type { System, SystemOptions } from '#tools/testbed/system.ts';
import { infrastructure, systemsFolder } from '../infrastructure.ts';
import { shape } from './shape.ts';

/** A system of a test's own, of the shape that this run of the tests asks for. */
export async function startTestSystem(options: Partial<SystemOptions> = {}): Promise<System> {
  const { settings } = infrastructure();
  return startSystem({
    place: { systems: systemsFolder(settings), artifacts: settings.artifacts },
    ...shape,
    ...options,
  });
}
