import type { z } from 'zod';
import { ConfigError, readConfig } from './config.ts';
import { createHealth } from './health.ts';
import type { Health } from './health.ts';
import { untilSignal } from './lifecycle.ts';
import { createLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import type { processSettings } from './settings.ts';

/** What a process is composed from. Resources go on the stack as they open, and are closed in reverse. */
export interface ProcessContext<Config> {
  readonly config: Config;
  readonly log: Logger;
  readonly health: Health;
  readonly stack: AsyncDisposableStack;
  /** Aborts when the process is told to stop. */
  readonly signal: AbortSignal;
}

/** sysexits.h EX_CONFIG: a supervisor need not try again. */
const EXIT_CONFIG = 78;

/**
 * Runs one process: settings, composition, then work until SIGTERM or SIGINT, then an orderly close. Wrong settings are
 * one sentence and exit code 78; an error that nobody handles is logged and ends the process, to be started again.
 */
export async function runProcess<Shape extends typeof processSettings.shape>(
  service: string,
  settings: z.ZodObject<Shape>,
  compose: (context: ProcessContext<z.output<z.ZodObject<Shape>>>) => Promise<void>,
): Promise<void> {
  const config = readSettings(service, settings);
  const log = createLogger(service, (config as z.output<typeof processSettings>).LOG_LEVEL);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ fault: error }, event);
      process.exit(1);
    });
  }
  const controller = new AbortController();
  const health = createHealth();
  const stopped = (async () => {
    log.info({ signal: await untilSignal() }, 'stopping');
    health.role('process', { serves: true })({ ready: false, reason: 'stopping' });
    controller.abort();
  })();
  {
    await using stack = new AsyncDisposableStack();
    await compose({ config, log, health, stack, signal: controller.signal });
    await stopped;
  }
  log.info('stopped');
  // A connection that a library forgot must not hold the process: everything that matters is closed by now.
  process.exit(0);
}

function readSettings<Shape extends z.ZodRawShape>(service: string, settings: z.ZodObject<Shape>) {
  try {
    return readConfig(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${service}: ${error.message}\n`);
    return process.exit(EXIT_CONFIG);
  }
}
