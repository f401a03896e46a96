import { runProcess } from '#platform/process/run-process.ts';
import { composeWorkflows } from './compose.ts';
import { workflowsSettings } from './settings.ts';

await runProcess('workflows', workflowsSettings, composeWorkflows);
