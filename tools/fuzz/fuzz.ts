// npm run fuzz: starts a system of its own and has Schemathesis send it what fits the OpenAPI document and what does not,
// with every check that it knows. Arguments go to `schemathesis run`. Ends with 1 when something was found.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { openGozonClient } from '#tools/load/generate/gozon-client.ts';
import { artifactFolder, artifactIn } from '#tools/stack/bootstrap/artifacts.js';
import { homeFolder, artifactsFolder } from '#tools/stack/bootstrap/folders.js';
import { findPython } from '#tools/stack/bootstrap/preflight.js';
import { report, UserError } from '#tools/stack/bootstrap/user-error.js';
import { startExtraProcess } from '#tools/testbed/extra-process.ts';
import { startSystem } from '#tools/testbed/system.ts';

/** The least number of cases that proves anything. */
const CASES = 3_000;
/** In seconds: for the cases, which it makes until then (2,700 in 240 s on a busy machine), and for all of it. */
const MAX_TIME = 420;
const DEADLINE = 900;
/** No reply may take longer, in seconds; one of the buckets that the gateway counts in. */
const SLOW = 5;

/** What we read of Schemathesis' report. */
interface Results {
  readonly test_cases: { readonly generated: number };
}

const home = path.join(homeFolder().home, 'fuzz');
try {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  await fuzz();
} catch (error) {
  report(error);
} finally {
  if (process.connected) process.disconnect();
}
process.exit();

async function fuzz(): Promise<void> {
  await using system = await startSystem({
    place: { systems: path.join(home, 'systems'), artifacts: artifactsFolder() },
  });
  await using gateway = await startExtraProcess(system, 'gateway', { RATE_LIMIT_PER_USER: '100000' });
  const userId = randomUUID();
  await using client = openGozonClient({ baseUrl: gateway.url });
  const customer = client.as(userId);
  await customer.openAccount();
  for (let turn = 0; turn < 2; turn += 1) {
    await customer.topUp(1_000_000n);
    await customer.placeOrder({ amount: 1_999n });
  }
  const [orders, statement] = await Promise.all([
    customer.orders({ limit: 1 }),
    customer.statement({ limit: 1 }),
  ]);

  const results = path.join(home, 'report.json');
  const here = import.meta.dirname;
  const program = ['-m', 'schemathesis.cli', `--config-file=${path.join(here, 'schemathesis.toml')}`];
  const words = ['--checks=all', `--max-time=${MAX_TIME}`, `--report-json-path=${results}`];
  const { exitCode } = await execa(
    findPython(),
    [...program, 'run', `${gateway.url}/openapi.json`, ...words, ...process.argv.slice(2)],
    {
      // It keeps what it finds where it runs.
      cwd: home,
      env: {
        FUZZ_USER: userId,
        FUZZ_ORDERS_CURSOR: orders.nextCursor ?? '',
        FUZZ_STATEMENT_CURSOR: statement.nextCursor ?? '',
        PYTHONPATH: [artifactFolder(artifactIn('schemathesis-4.32.5')), here].join(path.delimiter),
        PYTHONDONTWRITEBYTECODE: '1',
      },
      stdio: 'inherit',
      timeout: DEADLINE * 1_000,
      reject: false,
    },
  );
  const slow = await countSlow(gateway.url);
  if (slow > 0) throw new UserError(`The gateway took longer than ${SLOW} s for ${slow} of its replies.`);
  if (exitCode !== 0) throw new UserError('The fuzzing found something, or was cut short: see above.');
  const { test_cases: cases } = JSON.parse(readFileSync(results, 'utf8')) as Results;
  if (cases.generated < CASES) {
    throw new UserError(`${cases.generated} cases prove little: give it more time (--max-time).`);
  }
}

async function countSlow(gatewayUrl: string): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', gatewayUrl))).text();
  const sum = (pattern: RegExp) =>
    [...metrics.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
  const all = sum(/^http_request_duration_seconds_count\{.*\} (\d+)$/gm);
  const quick = sum(
    new RegExp(String.raw`^http_request_duration_seconds_bucket\{le="${SLOW}",.*\} (\d+)$`, 'gm'),
  );
  if (all === 0) throw new Error('the gateway counted no request');
  return all - quick;
}
