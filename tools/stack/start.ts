// npm start: starts everything, keeps it running, and stops it in order.
import { mkdirSync } from 'node:fs';
import { SetUpError } from '#deploy/set-up-error.ts';
import { report, UserError } from './bootstrap/user-error.js';
import { bringUp } from './bring-up.ts';
import { openControl } from './control/open-control.ts';
import { createJournal } from './processes/journal.ts';
import { recordPhase } from './processes/process-registry.ts';
import { listenForShutdownSignal } from './processes/shutdown-signal.ts';
import { acquireSupervisorLock } from './processes/supervisor-lock.ts';
import { checkPorts } from './settings/ports.ts';
import { readSettings } from './settings/settings.ts';
import { parseStartArguments } from './settings/start-arguments.ts';
import { welcome } from './welcome.ts';

const began = performance.now() - process.uptime() * 1000;
const stop = listenForShutdownSignal();
const say = (line: string) => console.log(line);

try {
  const { infra } = parseStartArguments(process.argv.slice(2));
  const settings = readSettings();
  mkdirSync(settings.home, { recursive: true });
  await using _lock = await acquireSupervisorLock(settings.home, say, {
    phase: 'starting',
    signal: stop.signal,
  });
  await checkPorts(settings);
  const journal = createJournal(say);
  const up = bringUp(settings, { infra, signal: stop.signal, journal });
  await Promise.race([up, stop.received]);
  if (!stop.signal.aborted) {
    await using _controls =
      settings.controls && !infra ? await openControl(settings, await up, journal) : undefined;
    recordPhase(settings.home);
    say(welcome(settings, { infra, seconds: (performance.now() - began) / 1000 }));
    await stop.received;
  }
  say('\nStopping.');
} catch (error) {
  report(error instanceof SetUpError ? new UserError(error.message) : error);
}
// A shutdown signal during start-up leaves preparations under way: they end here too.
process.exit();
