import { Agent } from 'node:http';
import { Pool } from 'undici';
import { devIdentity } from '#gateway/identity/dev-identity.ts';
import { proxyTo } from '#gateway/proxy.ts';
import { upstreamHeaders } from '#gateway/upstream-headers.ts';
import { createApp, serve } from '#platform/http/serve.ts';
import { createHealth } from '#platform/process/health.ts';
import { startService } from '#tools/stack/components/service.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import { log } from '../open-rig.ts';
import type { Rig } from '../open-rig.ts';
import type { Comparison } from './compare.ts';
import { rateOf } from './rate-of.ts';

const REQUESTS = 1_000;
const AT_ONCE = 32;

/** Requests a second through the gateway's proxy, when it opens a connection for each. */
export async function compareKeepAlive(rig: Rig, stack: AsyncDisposableStack): Promise<Comparison[]> {
  const environment = rig.environments.payments;
  const { url } = await startService(rig.settings, 'payments', environment);
  const userId = await rig.openCustomer();
  const openGateway = async (agent?: Agent) => {
    const app = createApp({ log, health: createHealth() });
    app.use(devIdentity);
    app.use(upstreamHeaders(environment['SERVICE_SECRET'] ?? ''));
    app.use(proxyTo('/api/payments', url, agent && { agent }));
    const server = stack.use(await serve(app, { host: LOOPBACK, port: 0, log }));
    const pool = new Pool(server.url, { connections: AT_ONCE });
    stack.defer(async () => pool.destroy());
    return async () =>
      rateOf(REQUESTS, AT_ONCE, async () => {
        const path = `/api/payments/accounts/${userId}`;
        const reply = await pool.request({ method: 'GET', path, headers: { 'x-user-id': userId } });
        await reply.body.dump();
        if (reply.statusCode !== 200) throw new Error(`${path} was answered ${reply.statusCode}`);
      });
  };
  return [
    {
      name: 'keep-alive',
      question: 'The gateway keeps its connections to the services, or opens one for each request',
      unit: 'requests/s',
      a: { label: 'kept', round: await openGateway() },
      b: { label: 'opened for each request', round: await openGateway(new Agent({ keepAlive: false })) },
    },
  ];
}
