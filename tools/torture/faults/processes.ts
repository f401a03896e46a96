import { pause } from '@gozon/timing';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import { pauseTree, resumeTree } from '#tools/stack/processes/process-tree.ts';
import type { Component } from '#tools/testbed/component.ts';
import type { System } from '#tools/testbed/system.ts';
import type { Fault } from './fault.ts';

/** In ms. A supervisor restarts a service at once, or after a delay when it dies repeatedly. */
const AWAY = [0, 2_000] as const;
/** In ms: past the relay's lease (10 s), the consumer's session (6 s) and the gateway's wait for a reply (10 s). */
const STANDS_STILL = [11_000, 13_000] as const;

export const killServices: readonly Fault[] = SERVICE_NAMES.map((name) => ({
  name: `kill -9 ${name}`,
  locks: [name],
  async harm({ system, random, signal }) {
    const service = system.service(name);
    await service.kill();
    await pause(random.between(...AWAY), signal);
    await service.start();
    return true;
  },
}));

export const suspendProcesses: readonly Fault[] = [
  ...SERVICE_NAMES.map((name) => suspend(name, (system) => system.service(name))),
  suspend('kafka', ({ kafka }) => kafka),
  suspend('temporal', ({ temporal }) => temporal),
  suspend('postgres', ({ postgres }) => postgres),
];

/** With its child processes: each session of PostgreSQL is a process. */
function suspend(name: string, componentOf: (system: System) => Pick<Component, 'pid'>): Fault {
  return {
    name: `SIGSTOP ${name}`,
    locks: [name],
    async harm({ system, random, signal }) {
      const { pid } = componentOf(system);
      try {
        pauseTree(pid);
        await pause(random.between(...STANDS_STILL), signal);
      } finally {
        resumeTree(pid);
      }
      return true;
    },
  };
}
