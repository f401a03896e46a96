import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processId } from '../bootstrap/processes/process-id.js';
import { UserError } from '../bootstrap/user-error.js';
import type { Settings } from '../settings/settings.ts';
import { forgetProcess, acceptsProcesses, recordProcess } from './process-registry.ts';
import { stopProcess } from './stop-processes.ts';
import type { Stoppable } from './stop-processes.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process that became ready. */
export type Running = AsyncDisposable & {
  name: string;
  pid: number;
  url: string;
  /** Settles when the process ends, however it does. */
  exited: Promise<Exit>;
  /** Asks it to stop and waits; kills it after its grace period. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
};

export interface LaunchOptions {
  name: string;
  url: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  user?: { uid: number; gid: number } | undefined;
  stage: number;
  stopSignal: NodeJS.Signals;
  graceMs: number;
  readyWithinMs: number;
  /** Polled. `logged` tells whether this process has logged a text. Throw a UserError to give up. */
  isReady: (logged: (text: string) => boolean) => Promise<boolean>;
  /** The latest reason why it is not ready. */
  whyNot?: () => string;
}

/**
 * Starts a process, logs it to a file, and waits until it is ready. The process has a group of its own, so that a
 * terminal's Ctrl-C does not reach it. Needs `acquireSupervisorLock`, whose disposal stops every process that was
 * started.
 */
export async function launch(
  settings: Pick<Settings, 'home' | 'logs'>,
  options: LaunchOptions,
): Promise<Running> {
  const { name, url, graceMs, stage, stopSignal } = options;
  if (!acceptsProcesses(settings.home))
    throw new Error(`${name} is not started: this process does not supervise ${settings.home}`);
  const log = openLog(settings.logs, name);
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', log.descriptor, log.descriptor],
    ...options.user,
  });
  const id = child.pid === undefined ? undefined : processId(child.pid);
  const stoppable: Stoppable | undefined = id && { ...id, name, stage, stopSignal, graceMs };
  if (stoppable) recordProcess(settings.home, stoppable);
  closeSync(log.descriptor);

  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', (cause) => reject(new UserError(`${name} could not be started: ${cause.message}.`)));
    child.once('exit', (code, signal) => {
      if (stoppable) forgetProcess(settings.home, stoppable.pid);
      resolve({ code, signal });
    });
  });
  // It could not be started, or has ended already.
  if (!stoppable) throw notReady(name, endedEarly(await exited), log.read());

  const stop = async () => {
    await stopProcess(stoppable);
    await exited;
  };
  const running = {
    name,
    url,
    pid: stoppable.pid,
    exited,
    stop,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    [Symbol.asyncDispose]: stop,
  };
  try {
    await untilReady(options, exited, log.read);
    return running;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilReady(options: LaunchOptions, exited: Promise<Exit>, read: () => string): Promise<void> {
  let exit: Exit | undefined;
  void exited.then((how) => (exit = how));
  const deadline = performance.now() + options.readyWithinMs;
  while (!(await options.isReady((text) => read().includes(text)))) {
    const why = exit
      ? endedEarly(exit)
      : performance.now() > deadline &&
        `was not ready within ${options.readyWithinMs / 1000} s${options.whyNot ? ` (${options.whyNot()})` : ''}`;
    if (why) throw notReady(options.name, why, read());
    await sleep(50);
  }
}

export function describeExit({ code, signal }: Exit): string {
  return signal ? `killed by ${signal}` : `exit code ${code}`;
}

/** One file for each process, kept over restarts. A file over 20 MB becomes `.log.1` at the next start. */
function openLog(logs: string, name: string): { descriptor: number; read: () => string } {
  mkdirSync(logs, { recursive: true });
  const file = path.join(logs, `${name}.log`);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const begin = size > 20e6 ? 0 : size;
  if (size > begin) renameSync(file, `${file}.1`);
  return {
    descriptor: openSync(file, 'a', 0o600),
    read: () => readFileSync(file).subarray(begin).toString(),
  };
}

function endedEarly(exit: Exit): string {
  return `ended before it was ready (${describeExit(exit)})`;
}

/** Its message ends with the last lines of what was logged, if anything was. */
function notReady(name: string, why: string, logged: string): UserError {
  const lines = logged.trimEnd().split('\n').slice(-15);
  const end = lines.map((line) => `\n  ${line}`).join('');
  return new UserError(`${name} ${why}.${end.trim() && ` The end of its log:${end}`}`);
}
