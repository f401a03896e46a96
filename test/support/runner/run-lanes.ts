import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import type { Lane } from './lanes.ts';
import type { Failure, LaneEvent } from './reporter.ts';

/** Lanes that run at the same time. One more than cores: a test of a whole system waits for most of its time. */
const SIDE_BY_SIDE = Math.min(3, availableParallelism() + 1);

export interface RunLanesOptions {
  readonly mochaOptions: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** What a lane has told so far. */
export interface LaneResult {
  readonly lane: string;
  passed: number;
  readonly failed: Failure[];
  readonly suites: { title: string; ms: number }[];
  ms: number;
}

/** Runs the lanes in their sequence, a few at a time. `results` gets one for each, at its start. */
export async function runLanes(
  lanes: readonly Lane[],
  results: LaneResult[],
  options: RunLanesOptions,
): Promise<void> {
  const waiting = [...lanes];
  const isAlone = lanes.length === 1;
  const runNext = async (): Promise<void> => {
    for (let lane = waiting.shift(); lane && !options.signal.aborted; lane = waiting.shift()) {
      const result: LaneResult = { lane: lane.name, passed: 0, failed: [], suites: [], ms: 0 };
      results.push(result);
      await runLane(lane, result, isAlone ? undefined : prefixOf(lane.name, lanes), options);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, runNext));
}

async function runLane(
  { files }: Lane,
  result: LaneResult,
  prefix: string | undefined,
  { mochaOptions, environment, signal }: RunLanesOptions,
): Promise<void> {
  const began = performance.now();
  const output = prefix === undefined ? 'inherit' : 'pipe';
  const mocha = spawn(
    process.execPath,
    ['node_modules/mocha/bin/mocha.js', ...ownOptions(), ...mochaOptions, ...files],
    {
      cwd: CHECKOUT,
      env: environment,
      stdio: ['ignore', output, output, 'ipc'],
      // Out of reach of a terminal's Ctrl-C: to stop it is ours.
      detached: true,
    },
  );
  mocha.on('message', (event: LaneEvent) => note(result, event));
  // At once: what its tests have started is stopped by their reapers, which outlive it.
  const stop = () => mocha.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  const exited = once(mocha, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await Promise.all([mocha.stdout, mocha.stderr].map(async (stream) => prefixLines(stream, prefix)));
  const [code, killedBy] = await exited;
  signal.removeEventListener('abort', stop);
  result.ms = performance.now() - began;
  if (code !== 0 && result.failed.length === 0) {
    result.failed.push({
      title: `lane ${result.lane}`,
      reason: `ended with ${killedBy ?? `exit code ${code}`}`,
    });
  }
}

function ownOptions(): string[] {
  return [
    '--reporter=test/support/runner/reporter.ts',
    '--timeout=20000',
    // Libraries leave timers and sockets behind; the tests close what is theirs.
    '--exit',
    ...(process.stdout.isTTY ? ['--color'] : []),
    ...(process.env['CI'] ? ['--forbid-only'] : []),
  ];
}

function note(result: LaneResult, event: LaneEvent): void {
  if (event.kind === 'passed') result.passed += 1;
  else if (event.kind === 'failed') result.failed.push(event);
  else result.suites.push(event);
}

function prefixOf(name: string, lanes: readonly Lane[]): string {
  return `${name.padEnd(Math.max(...lanes.map((lane) => lane.name.length)))} │ `;
}

async function prefixLines(stream: Readable | null, prefix = ''): Promise<void> {
  if (!stream) return;
  for await (const line of createInterface({ input: stream })) console.log(`${prefix}${line}`);
}
