import { serviceEnvironments, type ServiceName } from '#tools/stack/components/service-environments.ts';
import { startService } from '#tools/stack/components/service.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { startPart, type Part } from './component.ts';
import type { System } from './system.ts';

/** One more process of a service, beside those that a system has, with settings of its own. Killed on disposal. */
export async function startAnother(
  { settings, secrets }: System,
  name: ServiceName,
  overrides: Record<string, string> = {},
): Promise<Part & AsyncDisposable> {
  const [port] = await findFreePorts(1);
  const environment = { ...serviceEnvironments(settings, secrets)[name], PORT: String(port), ...overrides };
  const part = await startPart(async () => startService(settings, name, environment));
  const another = Object.create(part) as Part & AsyncDisposable;
  another[Symbol.asyncDispose] = async () => part.kill();
  return another;
}
