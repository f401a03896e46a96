// npm run torture: a load and faults meet in a system of their own, class by class; then everything is checked.
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { showProgress } from '#tools/load/generate/load-progress.ts';
import { report } from '#tools/stack/bootstrap/user-error.js';
import { listenForShutdownSignal } from '#tools/stack/processes/shutdown-signal.ts';
import { readSettings } from '#tools/stack/settings/settings.ts';
import { FAULT_CLASSES } from './fault-classes.ts';
import { documentResults, tellResult } from './results/report-results.ts';
import { isGood, readResult, readResults, storeResult } from './results/results.ts';
import { runTorture } from './run-torture.ts';
import { readTortureOptions } from './torture-options.ts';
import type { TortureOptions } from './torture-options.ts';

/** As a shell counts an end by SIGINT. */
const STOPPED = 130;

const { signal } = listenForShutdownSignal();
const { home, artifacts } = readSettings();
const folder = path.join(home, 'torture');
const results = path.join(folder, 'results');

try {
  const options = readTortureOptions(process.argv.slice(2));
  if (options.document) documentResults(readResults(results));
  else {
    for (const name of options.faults) {
      if (signal.aborted) break;
      // One class that could not be run to its end says nothing about the others.
      await tortureWith(name, options).catch((error: unknown) => {
        if (!signal.aborted) report(error);
      });
    }
  }
} catch (error) {
  report(error);
}
if (signal.aborted) process.exitCode = STOPPED;
// The channel to bootstrap.js would hold this process.
process.exit();

async function tortureWith(name: string, options: TortureOptions): Promise<void> {
  const faultClass = FAULT_CLASSES[name];
  if (!faultClass) throw new Error(`there is no class ${name}`);
  const { seed, rate, minutes, orders = minutes ? minutes * 60 * rate : faultClass.orders } = options;
  const known = options.resume ? readResult(results, name) : undefined;
  if (known && isGood(known) && known.submitted >= orders) {
    console.log(`${name}: good already, with seed ${known.seed}.`);
    return;
  }
  console.log(`\n${name}: ${faultClass.description}; --faults ${name} --seed ${seed} repeats it.`);
  const run = path.join(folder, 'runs', `${name}-${seed}`);
  rmSync(run, { recursive: true, force: true });
  mkdirSync(run, { recursive: true });
  const system = { copies: {}, place: { systems: path.join(run, 'systems'), artifacts } };
  const torture = { name, faultClass, seed, orders, rate, folder: run, system, signal };
  const result = await showProgress(name, async (say) => runTorture({ ...torture, say }));
  storeResult(results, result);
  console.log(tellResult(result));
  if (isGood(result)) {
    rmSync(run, { recursive: true, force: true });
    return;
  }
  process.exitCode = 1;
  console.log(`History and logs are kept in ${run}.`);
}
