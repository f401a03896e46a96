import { pause } from '@gozon/timing';
import { CRASH_POINTS } from '../crash-points/crash-point-list.ts';
import type { CrashPoint } from '../crash-points/crash-point-list.ts';
import { POISON_NEEDS, producePoison } from './events.ts';
import type { Fault, FaultTarget } from './fault.ts';

/** How long a process may take to reach a point, in ms. Under load it takes a second or two. */
const PASSED_WITHIN = 60_000;
const LOOK_EVERY = 20;
/** In ms. */
const AWAY = [0, 1_000] as const;

/** The next process that reaches a named point dies there; one fault for each point. */
export const crashAtPoints: readonly Fault[] = CRASH_POINTS.map((point) => ({
  name: `${point.service} dies ${point.name}`,
  locks: [point.service, ...(needsPoison(point) ? POISON_NEEDS : [])],
  harm: async (target) => crashAt(point, target),
}));

async function crashAt({ service, name }: CrashPoint, target: FaultTarget): Promise<boolean> {
  const { system, traps, random, signal } = target;
  const component = system.service(service);
  const trap = traps[service];
  try {
    trap.arm(name);
    if (needsPoison({ service, name })) await producePoison(system);
    const deadline = performance.now() + PASSED_WITHIN;
    while (!trap.sprung() && !signal.aborted && performance.now() < deadline) await pause(LOOK_EVERY, signal);
  } finally {
    trap.disarm();
  }
  // Too late when a process has just reached it.
  if (!trap.sprung()) return false;
  await component.gone();
  await pause(random.between(...AWAY), signal);
  await component.start();
  return true;
}

/** For a dead letter, orders must write the unreadable message and Kafka must take it. */
function needsPoison({ name }: CrashPoint): boolean {
  return name.endsWith('dead letter');
}
