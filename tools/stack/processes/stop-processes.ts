import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../bootstrap/processes/process-id.js';
import type { ProcessId } from '../bootstrap/processes/process-id.js';
import { resumeTree } from './process-tree.ts';
import { sendSignal } from './send-signal.ts';

/** The highest stage stops first, so that nothing loses what it depends on while it finishes its work. */
export const STAGES = { infrastructure: 1, services: 2, gateway: 3 } as const;

export type Stoppable = ProcessId & {
  name: string;
  stage: number;
  stopSignal: NodeJS.Signals;
  /** How long it may take before it is killed, in ms. */
  graceMs: number;
};

/** Stops the processes that still run, stage by stage. */
export async function stopProcesses(
  processes: readonly Stoppable[],
  say: (line: string) => void = () => {},
): Promise<void> {
  const stagesDown = [...new Set(processes.map((process) => process.stage))].toSorted((a, b) => b - a);
  for (const stage of stagesDown) {
    await Promise.all(
      processes.filter((process) => process.stage === stage).map((process) => stopProcess(process, say)),
    );
  }
}

/** Asks one process to stop. Kills it and all its children when it has not stopped after its grace period. */
export async function stopProcess(process: Stoppable, say: (line: string) => void = () => {}): Promise<void> {
  if (!isAlive(process)) return;
  const began = performance.now();
  sendSignal(process.pid, process.stopSignal);
  // A paused process handles the signal only when it is resumed.
  resumeTree(process.pid);
  while (isAlive(process)) {
    if (performance.now() - began > process.graceMs) {
      say(`${process.name} did not stop within ${process.graceMs / 1000} s: killing it.`);
      // Each process is the leader of its own group.
      sendSignal(-process.pid, 'SIGKILL');
      process = { ...process, graceMs: Infinity };
    }
    await sleep(20);
  }
  say(`${process.name} stopped (${((performance.now() - began) / 1000).toFixed(1)} s).`);
}
