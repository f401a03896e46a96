import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../shop/create-activities.ts';
import { READY, readPeerSettings } from '../shop/peer-settings.ts';

const settings = readPeerSettings();
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: settings.temporal }),
  namespace: settings.namespace,
  taskQueue: settings.peer,
  workflowsPath: fileURLToPath(new URL('naive.workflow.ts', import.meta.url)),
  activities: createActivities(settings),
});
const running = worker.run();
console.log(READY);
await running;
