import { runProcess } from '#platform/process/run-process.ts';
import { composePayments } from './compose.ts';
import { paymentsSettings } from './settings.ts';

await runProcess('payments', paymentsSettings, composePayments);
