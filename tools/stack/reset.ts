// npm run reset: back to the first start, without fetching again.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { report } from './bootstrap/user-error.js';
import { clearStaleRun } from './processes/supervisor-lock.ts';
import { readSettings } from './settings/settings.ts';

try {
  const { values } = parseArgs({ options: { parts: { type: 'boolean', default: false } } });
  const { home, parts } = readSettings();
  await clearStaleRun(home, (line) => console.log(line));
  const state = ['data', 'logs', 'secrets.json'].map((name) => path.join(home, name));
  for (const what of values.parts ? [...state, parts] : state) rmSync(what, { recursive: true, force: true });
  console.log(`Cleared ${home}${values.parts ? ' and what was fetched' : '; what was fetched is kept'}.`);
} catch (error) {
  report(error);
} finally {
  if (process.connected) process.disconnect();
}
