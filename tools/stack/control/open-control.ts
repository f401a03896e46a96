import { serveRoutes } from '#platform/http/serve.ts';
import { createHealth } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { superuserUrl } from '../components/postgres.ts';
import type { Journal } from '../processes/journal.ts';
import type { Supervised } from '../processes/supervise.ts';
import { readSecrets } from '../settings/secrets.ts';
import { LOOPBACK } from '../settings/settings.ts';
import type { Settings } from '../settings/settings.ts';
import { createFaults } from './faults.ts';
import { createLoadControl } from './load-control.ts';
import { stackRoutes } from './stack.routes.ts';

/** Lets the gateway, and through it the dashboard, put load on the running stack and inject faults. */
export async function openControl(
  settings: Settings,
  components: readonly Supervised[],
  journal: Journal,
): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  const { GATEWAY_PORT, STACK_PORT } = settings.ports;
  const ordersUrl = new URL(superuserUrl(settings));
  ordersUrl.pathname = '/orders';
  const faults = stack.use(createFaults(components, journal));
  const load = stack.use(createLoadControl(`http://${LOOPBACK}:${GATEWAY_PORT}`, journal));
  const routes = stackRoutes({ faults, load, journal, ordersUrl: ordersUrl.href });
  const config = { HOST: LOOPBACK, PORT: STACK_PORT, SERVICE_SECRET: readSecrets(settings).service };
  // Its requests would only fill the terminal.
  const log = createLogger('stack', 'silent');
  stack.use(await serveRoutes([routes], { config, log, health: createHealth() }));
  return stack;
}
