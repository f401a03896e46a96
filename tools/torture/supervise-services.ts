import { pause } from '@gozon/timing';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { InjectFaultsOptions } from './inject-faults.ts';

/** In ms. */
const LOOK_EVERY = 500;

/**
 * Starts a service again that has ended although no fault is about it, as `npm start` does, until the signal aborts.
 * @returns those that had, once for each time
 */
export async function superviseServices({
  target,
  history,
  occupied,
  signal,
}: InjectFaultsOptions): Promise<string[]> {
  const ended: string[] = [];
  while (!signal.aborted) {
    for (const name of SERVICE_NAMES) {
      const service = target.system.service(name);
      if (!service.ended() || occupied.has(name)) continue;
      occupied.add(name);
      ended.push(name);
      history.note('ended by itself', { service: name });
      await service.start().finally(() => occupied.delete(name));
    }
    await pause(LOOK_EVERY, signal);
  }
  return ended;
}
