import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ends processes that still run this program in this folder, such as the backends of a PostgreSQL whose postmaster was
 * killed (a new one refuses to start until they are gone). It finds them by program and working directory, never by name.
 */
export async function killOrphans(program: string, folder: string): Promise<void> {
  for (let waited = 0; ; waited += 50) {
    const left = processesIn(realpathSync(program), realpathSync(folder));
    if (left.length === 0) return;
    // Backends end by themselves within moments. A complete orphaned server does not.
    if (waited === 1000) for (const pid of left) process.kill(pid, 'SIGQUIT');
    if (waited === 6000) for (const pid of left) process.kill(pid, 'SIGKILL');
    await sleep(50);
  }
}

function processesIn(program: string, folder: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return (
          pid > 0 &&
          readlinkSync(`/proc/${pid}/cwd`) === folder &&
          readlinkSync(`/proc/${pid}/exe`) === program
        );
      } catch {
        return false;
      }
    });
}
