import { runProcess } from '#platform/process/run-process.ts';
import { composeOrders } from './compose.ts';
import { ordersSettings } from './settings.ts';

await runProcess('orders', ordersSettings, composeOrders);
