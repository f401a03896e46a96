// npm start: brings everything up, keeps it up, and takes it down in order.
import { mkdirSync } from 'node:fs';
import { bringUp } from './bring-up.ts';
import { openRun } from './open-run.ts';
import { checkPorts } from './ports.ts';
import { welcome } from './welcome.ts';
import { readSettings } from './settings.ts';
import { untilToldToStop } from './told-to-stop.ts';
import { report } from './trouble.js';
import { parseStartArguments } from './start-arguments.ts';

const began = performance.now() - process.uptime() * 1000;
const stop = untilToldToStop();
const say = (line: string) => console.log(line);

try {
  const { infra } = parseStartArguments(process.argv.slice(2));
  const settings = readSettings();
  mkdirSync(settings.home, { recursive: true });
  await using _run = await openRun(settings.home, say);
  await checkPorts(settings);
  const keepUp = await bringUp(settings, { infra, signal: stop.signal, say });
  if (!stop.signal.aborted) {
    console.log(welcome(settings, { infra, seconds: (performance.now() - began) / 1000 }));
    keepUp();
    await stop.told;
  }
  say('\nStopping.');
} catch (error) {
  report(error);
} finally {
  if (process.connected) process.disconnect();
}
