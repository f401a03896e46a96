// npm test: brings up PostgreSQL, Kafka and Temporal once, on free ports and in a folder of their own, runs the tests
// that its arguments choose in lanes side by side, and takes everything down again. Two of these may run side by side.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { createDatabases } from '#deploy/create-databases.ts';
import { INFRASTRUCTURE, systemsFolder } from '#test/support/infrastructure.ts';
import { chooseTests } from '#test/support/runner/choose-tests.ts';
import type { Choice } from '#test/support/runner/choose-tests.ts';
import { sortIntoLanes } from '#test/support/runner/lanes.ts';
import { reportRun } from '#test/support/runner/report-run.ts';
import { runLanes } from '#test/support/runner/run-lanes.ts';
import type { LaneResult } from '#test/support/runner/run-lanes.ts';
import { artifactsFolder, homeFolder } from '#tools/stack/bootstrap/folders.js';
import { isAlive } from '#tools/stack/bootstrap/processes/process-id.js';
import { report, UserError } from '#tools/stack/bootstrap/user-error.js';
import { buildDashboard } from '#tools/stack/components/build-dashboard.ts';
import { startKafka } from '#tools/stack/components/kafka.ts';
import { startPostgres, superuserUrl } from '#tools/stack/components/postgres.ts';
import { startTemporal } from '#tools/stack/components/temporal.ts';
import { readProcessRegistry } from '#tools/stack/processes/process-registry.ts';
import { listenForShutdownSignal } from '#tools/stack/processes/shutdown-signal.ts';
import { clearStaleRegistry, acquireSupervisorLock } from '#tools/stack/processes/supervisor-lock.ts';
import { freePorts } from '#tools/stack/settings/ports.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const runs = path.join(homeFolder().home, 'test-runs');
const stop = listenForShutdownSignal();
const results: LaneResult[] = [];

try {
  const choice = chooseTests(process.argv.slice(2));
  await removeEndedRuns();
  const home = path.join(runs, `${new Date().toISOString().replaceAll(':', '.')}-${process.pid}`);
  mkdirSync(home, { recursive: true });
  await runIn(home, choice);
  reportRun(results);
  if (stop.signal.aborted) process.exitCode = 1;
  else if (sum(passed) + sum(failed) === 0)
    throw new UserError('No test was chosen: see npm test -- --help.');
  if (sum(failed) > 0) process.exitCode = 1;
  if (process.exitCode === 1) {
    console.log(`\nThe logs of what the tests started are kept until the next npm test, in ${home}.`);
  } else rmSync(home, { recursive: true, force: true });
} catch (error) {
  report(error);
} finally {
  if (process.connected) process.disconnect();
}
// Always the last line: a build server reads this one.
console.log(`${sum(passed)} passed, ${process.exitCode === 1 ? Math.max(1, sum(failed)) : 0} failed`);

async function runIn(home: string, { files, mochaOptions }: Choice): Promise<void> {
  await using _run = await acquireSupervisorLock(home);
  const settings = readSettings({ ...(await freePorts()), GOZON_HOME: home, GOZON_PARTS: artifactsFolder() });
  await startInfrastructure(settings);
  const environment = { ...process.env, [INFRASTRUCTURE]: JSON.stringify(settings) };
  await runLanes(sortIntoLanes(files), results, { mochaOptions, environment, signal: stop.signal });
  const systems = systemsFolder(settings);
  const left = existsSync(systems) ? readdirSync(systems) : [];
  await Promise.all(left.map(async (name) => clearSystem(path.join(systems, name))));
}

/** What a lane left that was killed. An `npm start` that lost its test stops in order, which takes some seconds. */
async function clearSystem(home: string): Promise<void> {
  const run = readProcessRegistry(home);
  await eventually('an npm start to stop', () => !run || !isAlive(run.supervisor), { within: 40_000 });
  await clearStaleRegistry(home, () => {});
}

async function startInfrastructure(settings: Settings): Promise<void> {
  await Promise.all([
    buildDashboard(),
    startPostgres(settings).then(async () => createDatabases(superuserUrl(settings), readSecrets(settings))),
    startKafka(settings),
    startTemporal(settings).then(async () =>
      configureTemporal({ address: `${LOOPBACK}:${settings.ports.TEMPORAL_PORT}` }),
    ),
  ]);
}

/** Also of runs that were killed: their reapers have stopped the processes, and could not remove the folder. */
async function removeEndedRuns(): Promise<void> {
  mkdirSync(runs, { recursive: true });
  for (const name of readdirSync(runs)) {
    const home = path.join(runs, name);
    const run = readProcessRegistry(home);
    if (run && isAlive(run.supervisor)) continue;
    await clearStaleRegistry(home, () => {});
    rmSync(home, { recursive: true, force: true });
  }
}

function passed(result: LaneResult): number {
  return result.passed;
}

function failed(result: LaneResult): number {
  return result.failed.length;
}

function sum(count: (result: LaneResult) => number): number {
  return results.reduce((total, result) => total + count(result), 0);
}
