import { serviceEnvironments } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { startService } from '#tools/stack/components/service.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { startComponent } from './component.ts';
import type { Component } from './component.ts';
import type { System } from './system.ts';

/** One more process of a service, beside those that a system has, with settings of its own. Killed on disposal. */
export async function startExtraProcess(
  { settings, secrets }: System,
  name: ServiceName,
  overrides: Record<string, string> = {},
): Promise<Component & AsyncDisposable> {
  const [port] = await findFreePorts(1);
  const environment = { ...serviceEnvironments(settings, secrets)[name], PORT: String(port), ...overrides };
  const component = await startComponent(async () => startService(settings, name, environment));
  const another = Object.create(component) as Component & AsyncDisposable;
  another[Symbol.asyncDispose] = async () => component.kill();
  return another;
}
