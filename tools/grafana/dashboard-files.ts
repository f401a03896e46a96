import { orderPathDashboard } from './order-path-dashboard.ts';
import { systemDashboard } from './system-dashboard.ts';
import { toDashboard } from './to-dashboard.ts';
import type { Dashboard } from './to-dashboard.ts';

/** The content of each file of deploy/grafana/dashboards. */
export const DASHBOARDS: ReadonlyMap<string, string> = new Map([
  ['system.json', toFile(systemDashboard)],
  ['order-path.json', toFile(orderPathDashboard)],
]);

function toFile(dashboard: Dashboard): string {
  return `${JSON.stringify(toDashboard(dashboard), null, 1)}\n`;
}
