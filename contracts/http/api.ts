import { operatorOrdersApi } from './operator-orders-api.ts';
import { ordersApi } from './orders-api.ts';
import { paymentsApi } from './payments-api.ts';
import { repairApi } from './repair-api.ts';
import type { RouteContract } from './route-contract.ts';
import { settlementApi } from './settlement-api.ts';
import { systemApi } from './system-api.ts';

/** Every route that the gateway lets a client reach. */
export const api: readonly RouteContract[] = [
  ...paymentsApi,
  ...ordersApi,
  ...systemApi,
  ...operatorOrdersApi,
  ...settlementApi,
  ...repairApi,
];
