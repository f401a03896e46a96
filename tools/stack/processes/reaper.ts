// Started beside a supervisor and outlives it: when its standard input closes without a goodbye, the supervisor was
// killed, and what it had started is stopped in order.
import { text } from 'node:stream/consumers';
import { removeProcessRegistry, readProcessRegistry } from './process-registry.ts';
import { stopProcesses } from './stop-processes.ts';

const [home, supervisor] = process.argv.slice(2);
if (!home) throw new Error('which home folder?');

const goodbye = await text(process.stdin);
const run = readProcessRegistry(home);
if (!goodbye && run && run.supervisor.pid === Number(supervisor)) {
  await stopProcesses(run.processes);
  removeProcessRegistry(home);
}
