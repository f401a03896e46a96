import { runProcess } from '#platform/process/run-process.ts';
import { composeGateway } from './compose.ts';
import { gatewaySettings } from './settings.ts';

await runProcess('gateway', gatewaySettings, composeGateway);
