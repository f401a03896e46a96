import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses } from '../bootstrap/processes/process-table.js';
import { sendSignal } from './send-signal.ts';

/**
 * Ends processes that still run, such as the backends of a PostgreSQL whose postmaster was killed (a new one refuses to
 * start until they are gone). `isOurs` recognises them by their command: their program and the folder that they are for.
 */
export async function killOrphans(isOurs: (command: string) => boolean): Promise<void> {
  for (let waited = 0; ; waited += 50) {
    const left = listProcesses().filter(({ command }) => isOurs(command));
    if (left.length === 0) return;
    // Backends end by themselves within moments. A complete orphaned server does not.
    if (waited === 1000) for (const { pid } of left) sendSignal(pid, 'SIGQUIT');
    if (waited === 6000) for (const { pid } of left) sendSignal(pid, 'SIGKILL');
    await sleep(50);
  }
}
