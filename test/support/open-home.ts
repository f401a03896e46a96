import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { newId } from '#contracts/values/ids.ts';
import { acquireSupervisorLock } from '#tools/stack/processes/supervisor-lock.ts';
import { freePorts } from '#tools/stack/settings/ports.ts';
import { readSettings } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { infrastructure, systemsFolder } from './infrastructure.ts';

/** A home for servers of a suite's own, with free ports. What runs there ends with the stack. */
export async function openHome(stack: AsyncDisposableStack): Promise<Settings> {
  const { settings: shared } = infrastructure();
  const home = path.join(systemsFolder(shared), newId());
  mkdirSync(home, { recursive: true });
  stack.use(await acquireSupervisorLock(home));
  return readSettings({ ...(await freePorts()), GOZON_HOME: home, GOZON_PARTS: shared.artifacts });
}
