import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../bootstrap/user-error.js';
import { isAlive, processId } from './process-id.ts';
import type { ProcessId } from './process-id.ts';
import {
  claimProcessRegistry,
  removeProcessRegistry,
  readProcessRegistry,
  recordReaper,
  recordStopping,
} from './process-registry.ts';
import { stopProcesses } from './stop-processes.ts';

/**
 * Makes this process the one supervisor of a home folder. It stops what a killed supervisor left behind, and starts the
 * reaper, which does the same if this process is killed. Disposing stops all that still runs, in order, and lets nothing
 * new start.
 * @throws UserError when a live process holds the home
 */
export async function acquireSupervisorLock(
  home: string,
  say: (line: string) => void = () => {},
): Promise<AsyncDisposable> {
  for (let attempt = 1; !claimProcessRegistry(home); attempt++) {
    await clearStaleRegistry(home, say);
    if (attempt === 10) throw new UserError(`Other processes keep taking ${home}. Wait until they end.`);
  }
  const sayGoodbye = startReaper(home);
  return {
    async [Symbol.asyncDispose]() {
      recordStopping(home);
      await stopProcesses(readProcessRegistry(home)?.processes ?? [], say);
      removeProcessRegistry(home);
      await sayGoodbye();
    },
  };
}

/** Stops what a killed supervisor left behind. @throws UserError when the supervisor is alive */
export async function clearStaleRegistry(home: string, say: (line: string) => void): Promise<void> {
  const registry = readProcessRegistry(home);
  if (registry && isAlive(registry.supervisor)) {
    throw new UserError(
      `Gozon is already running in ${home} (process ${registry.supervisor.pid}). Stop it first, or set GOZON_HOME and other ports for a second copy.`,
    );
  }
  if (registry?.processes.some(isAlive)) say('Stopping what the last run left behind.');
  // A live reaper is already stopping them. A second signal would cut their shutdown short.
  if (registry?.reaper) await untilGone(registry.reaper);
  await stopProcesses(registry?.processes ?? [], say);
  removeProcessRegistry(home);
}

async function untilGone(process: ProcessId): Promise<void> {
  while (isAlive(process)) await sleep(50);
}

/** @returns what ends the reaper */
function startReaper(home: string): () => Promise<void> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    path.join(import.meta.dirname, 'reaper.ts'),
    home,
    String(process.pid),
  ];
  const reaper = spawn(process.execPath, args, {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  reaper.unref();
  recordReaper(home, reaper.pid === undefined ? undefined : processId(reaper.pid));
  reaper.stdin.on('error', () => {});
  return async () => {
    if (reaper.exitCode !== null || reaper.signalCode !== null) return;
    reaper.ref();
    reaper.stdin.end('goodbye');
    await once(reaper, 'exit');
  };
}
