import { serviceEnvironments } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { startService } from '#tools/stack/components/service.ts';
import type { Running } from '#tools/stack/processes/launch.ts';
import { freePorts } from '#tools/stack/settings/ports.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import type { Rig } from './open-rig.ts';

export type ServiceSettings = Partial<Record<ServiceName, Readonly<Record<string, string>>>>;

/** This system's services on the rig, on ports of their own. @param tell further settings of a service */
export async function startServices(
  { settings }: Rig,
  stack: AsyncDisposableStack,
  tell: ServiceSettings = {},
): Promise<Record<ServiceName, Running>> {
  const { GATEWAY_PORT, ORDERS_PORT, PAYMENTS_PORT, WORKFLOWS_PORT } = await freePorts();
  const ports = Object.entries({ GATEWAY_PORT, ORDERS_PORT, PAYMENTS_PORT, WORKFLOWS_PORT }).map(
    ([name, port]) => [name, Number(port)] as const,
  );
  const environments = serviceEnvironments(
    { ...settings, ports: { ...settings.ports, ...Object.fromEntries(ports) } },
    readSecrets(settings),
  );
  const start = async (name: ServiceName) =>
    stack.use(await startService(settings, name, { ...environments[name], ...tell[name] }));
  const [payments, orders, workflows] = await Promise.all([
    start('payments'),
    start('orders'),
    start('workflows'),
  ]);
  return { payments, orders, workflows, gateway: await start('gateway') };
}
