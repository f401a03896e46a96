// npm test: brings up PostgreSQL, Kafka and Temporal once, on free ports and in a folder of their own, runs mocha on all
// tests or on those that its arguments choose, and takes everything down again. Two of these may run side by side.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { createDatabases } from '#deploy/create-databases.ts';
import { INFRASTRUCTURE, systemsFolder } from '#test/support/infrastructure.ts';
import type { Tally } from '#test/support/reporter.ts';
import { CHECKOUT, homeFolder, artifactsFolder } from '#tools/stack/bootstrap/folders.js';
import { report } from '#tools/stack/bootstrap/user-error.js';
import { buildDashboard } from '#tools/stack/components/build-dashboard.ts';
import { startKafka } from '#tools/stack/components/kafka.ts';
import { startPostgres, superuserUrl } from '#tools/stack/components/postgres.ts';
import { startTemporal } from '#tools/stack/components/temporal.ts';
import { isAlive } from '#tools/stack/processes/process-id.ts';
import { readRun } from '#tools/stack/processes/process-registry.ts';
import { untilShutdownSignal } from '#tools/stack/processes/shutdown-signal.ts';
import { clearStaleRun, openRun } from '#tools/stack/processes/supervisor-lock.ts';
import { freePorts } from '#tools/stack/settings/ports.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';

/** What npm test runs; test/production-shape is a command of its own. */
const TIERS = ['unit', 'database', 'kafka', 'workflow', 'api', 'browser', 'system'];

const runs = path.join(homeFolder().home, 'test-runs');
const stop = untilShutdownSignal();
let tally: Tally = { passed: 0, failed: 0 };

try {
  await removeEndedRuns();
  const home = path.join(runs, `${new Date().toISOString().replaceAll(':', '.')}-${process.pid}`);
  mkdirSync(home, { recursive: true });
  const succeeded = await runIn(home);
  if (succeeded) rmSync(home, { recursive: true, force: true });
  else {
    process.exitCode = 1;
    console.log(`\nThe logs of what the tests started are kept until the next npm test, in ${home}.`);
  }
} catch (error) {
  report(error);
} finally {
  if (process.connected) process.disconnect();
}
if (process.exitCode === 1 && tally.failed === 0) tally = { ...tally, failed: 1 };
// Always the last line: whoever runs the tests by machine reads this one.
console.log(`${tally.passed} passed, ${tally.failed} failed`);

async function runIn(home: string): Promise<boolean> {
  await using _run = await openRun(home);
  const settings = readSettings({
    ...(await freePorts()),
    GOZON_HOME: home,
    GOZON_PARTS: artifactsFolder(),
  });
  await Promise.all([
    buildDashboard(),
    startPostgres(settings).then(async () => createDatabases(superuserUrl(settings), readSecrets(settings))),
    startKafka(settings),
    startTemporal(settings).then(async () =>
      configureTemporal({ address: `${LOOPBACK}:${settings.ports.TEMPORAL_PORT}` }),
    ),
  ]);
  if (stop.signal.aborted) return false;
  const exitCode = await runMocha(settings);
  return exitCode === 0 && tally.failed === 0 && !stop.signal.aborted;
}

async function runMocha(settings: Settings): Promise<number | null> {
  const mocha = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...mochaArguments()], {
    cwd: CHECKOUT,
    env: { ...process.env, [INFRASTRUCTURE]: JSON.stringify(settings) },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // Out of reach of a terminal's Ctrl-C: to stop it is ours.
    detached: true,
  });
  mocha.on('message', (message: Tally) => {
    tally = message;
  });
  // At once: what its tests have started is stopped by their reapers, which outlive it.
  stop.signal.addEventListener('abort', () => mocha.kill('SIGKILL'));
  if (stop.signal.aborted) mocha.kill('SIGKILL');
  const [exitCode] = (await once(mocha, 'exit')) as [number | null];
  const systems = systemsFolder(settings);
  const left = existsSync(systems) ? readdirSync(systems) : [];
  await Promise.all(left.map(async (name) => clearStaleRun(path.join(systems, name), () => {})));
  return exitCode;
}

function mochaArguments(): string[] {
  const given = process.argv.slice(2);
  const chosen = given.some((word) => !word.startsWith('-') && existsSync(path.join(CHECKOUT, word)));
  return [
    '--extension=test.ts',
    '--recursive',
    '--reporter=test/support/reporter.ts',
    '--timeout=20000',
    '--fail-zero',
    // Libraries leave timers and sockets behind; the tests close what is theirs.
    '--exit',
    ...(process.env['CI'] ? ['--forbid-only'] : []),
    ...given,
    ...(chosen ? [] : TIERS.map((tier) => `test/${tier}`)),
  ];
}

/** Also of runs that were killed: their reapers have stopped the processes, and could not remove the folder. */
async function removeEndedRuns(): Promise<void> {
  mkdirSync(runs, { recursive: true });
  for (const name of readdirSync(runs)) {
    const home = path.join(runs, name);
    const run = readRun(home);
    if (run && isAlive(run.supervisor)) continue;
    await clearStaleRun(home, () => {});
    rmSync(home, { recursive: true, force: true });
  }
}
