// npm run reset: back to the first start, without downloading again.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { report } from './bootstrap/user-error.js';
import { clearStaleRegistry } from './processes/supervisor-lock.ts';
import { readSettings } from './settings/settings.ts';

try {
  const { values } = parseArgs({ options: { parts: { type: 'boolean', default: false } } });
  const { home, artifacts } = readSettings();
  await clearStaleRegistry(home, (line) => console.log(line));
  const state = ['data', 'logs', 'secrets.json'].map((name) => path.join(home, name));
  for (const file of values.parts ? [...state, artifacts] : state)
    rmSync(file, { recursive: true, force: true });
  console.log(`Cleared ${home}${values.parts ? ' and the downloads' : '; downloads are kept'}.`);
} catch (error) {
  report(error);
} finally {
  if (process.connected) process.disconnect();
}
