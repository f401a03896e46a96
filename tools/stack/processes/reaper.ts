// Started beside a supervisor, and outlives it. When its standard input closes without a goodbye, the supervisor was
// killed: the reaper then stops the supervisor's processes in order.
import { text } from 'node:stream/consumers';
import { removeProcessRegistry, readProcessRegistry } from './process-registry.ts';
import { stopProcesses } from './stop-processes.ts';

const [home, supervisor] = process.argv.slice(2);
if (!home) throw new Error('which home folder?');

const goodbye = await text(process.stdin);
const registry = readProcessRegistry(home);
if (!goodbye && registry?.supervisor.pid === Number(supervisor)) {
  await stopProcesses(registry.processes);
  removeProcessRegistry(home);
}
