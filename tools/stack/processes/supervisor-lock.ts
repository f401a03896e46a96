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
 * Makes this process the one supervisor of a home folder: stops what a killed one left behind, and starts the reaper,
 * which does the same should this process be killed. Disposing stops all that still runs, in order, and lets nothing new start.
 * @throws UserError when a live process holds the home
 */
export async function acquireSupervisorLock(
  home: string,
  say: (line: string) => void = () => {},
): Promise<AsyncDisposable> {
  for (let attempt = 1; !claimProcessRegistry(home); attempt++) {
    await clearStaleRegistry(home, say);
    if (attempt === 10) throw new UserError(`Another process keeps taking ${home}: wait for it to end.`);
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

/** Stops what a supervisor that was killed left behind. @throws UserError when the supervisor lives */
export async function clearStaleRegistry(home: string, say: (line: string) => void): Promise<void> {
  const run = readProcessRegistry(home);
  if (run && isAlive(run.supervisor)) {
    throw new UserError(
      `Gozon is already running in ${home} (process ${run.supervisor.pid}): stop it first, or set GOZON_HOME and other ports for a second copy.`,
    );
  }
  if (run?.processes.some(isAlive)) say('Stopping what the last run left behind.');
  // The reaper is at it already if it lives; signals sent twice would cut the shutdown short.
  if (run?.reaper) await untilGone(run.reaper);
  await stopProcesses(run?.processes ?? [], say);
  removeProcessRegistry(home);
}

async function untilGone(process: ProcessId): Promise<void> {
  while (isAlive(process)) await sleep(50);
}

/** Returns how to dismiss it. */
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
