import { pause } from '@gozon/timing';
import type { System } from '#tools/testbed/system.ts';
import type { Fault, FaultTarget } from './fault.ts';

/** Temporal's key for the requests a second of a namespace, to each of its frontends. */
const REQUESTS = 'frontend.namespaceRPS';

/** Requests a second. An order takes two and a share of the polls, so 14 orders a second need more than three times as many. */
const LIMITS = [5, 10] as const;

/** In ms. */
const LASTS = [10_000, 20_000] as const;

/** Temporal starts again with the limit, and then without it, as its dev server needs. The relay slows down and recovers. */
export const limitNamespace: readonly Fault[] = LIMITS.map((limit) => ({
  name: `the namespace may send ${limit} requests a second`,
  locks: ['temporal', 'workflows'],
  async harm({ system, random, signal }: FaultTarget) {
    const { temporalSettings } = system;
    const before = await countLimited(system);
    temporalSettings.set(REQUESTS, limit);
    try {
      await restart(system);
      await pause(random.between(...LASTS), signal);
      return (await countLimited(system)) > before;
    } finally {
      temporalSettings.delete(REQUESTS);
      await restart(system);
    }
  },
}));

async function restart({ temporal }: System): Promise<void> {
  await temporal.terminate();
  await temporal.start();
}

/** How many starts of workflows were refused for their rate (RESOURCE_EXHAUSTED), by the relay's own count. */
async function countLimited(system: System): Promise<number> {
  const reply = await fetch(new URL('/metrics', system.service('workflows').url));
  const counts = (await reply.text()).matchAll(/^relay_dispatches_total\{.*outcome="limited"\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
