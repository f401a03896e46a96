import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { startSystem } from '#tools/testbed/system.ts';
import type { System, SystemOptions } from '#tools/testbed/system.ts';
import { infrastructure, systemsFolder } from '../infrastructure.ts';
import { shape } from './shape.ts';

/**
 * Keeps repairs from hiding a loss. Orders sweeps after a day for the first time. Reconciliation looks back for 86 s, and
 * leaves the last 120 s alone.
 */
const NO_REPAIR: Partial<Record<ServiceName, Record<string, string>>> = {
  orders: { SWEEP_EVERY: '86400' },
  workflows: { RECONCILE_DAYS: '0.001' },
};

/** The settings of a service in a system that repairs nothing. */
export function tellNoRepair(name: ServiceName): Record<string, string> {
  return NO_REPAIR[name] ?? {};
}

/** A system of a test's own, of the shape that this run of the tests asks for. Without `tell` it repairs nothing. */
export async function startTestSystem(options: Partial<SystemOptions> = {}): Promise<System> {
  const { settings } = infrastructure();
  return startSystem({
    place: { systems: systemsFolder(settings), artifacts: settings.artifacts },
    tell: tellNoRepair,
    ...shape,
    ...options,
  });
}
