import type { z } from 'zod';
import { startTracing } from '../tracing/start-tracing.ts';
import { ConfigError, readConfig } from './config.ts';
import { exposeReadiness, exposeVersion } from './expose-process.ts';
import { createHealth } from './health.ts';
import type { Health } from './health.ts';
import { untilSignal } from './lifecycle.ts';
import { createLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import type { processSettings } from './process-settings.ts';

/** What compose gets. Resources go on the stack as they open, and are closed in reverse order. */
export interface ProcessContext<Config> {
  readonly config: Config;
  readonly log: Logger;
  readonly health: Health;
  readonly stack: AsyncDisposableStack;
  /** Aborts at SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/** EX_CONFIG of sysexits.h: a supervisor need not start it again. */
const EXIT_CONFIG = 78;

/**
 * Runs one process: reads settings, composes, works until SIGTERM or SIGINT, then closes in order. Wrong settings are
 * reported in one sentence with exit code 78, also those that only show while it composes. An unhandled error is logged and ends the process, to be started again.
 */
export async function runProcess<Shape extends typeof processSettings.shape>(
  service: string,
  settings: z.ZodObject<Shape>,
  compose: (context: ProcessContext<z.output<z.ZodObject<Shape>>>) => Promise<void>,
): Promise<void> {
  const config = readSettings(service, settings);
  const own = config as z.output<typeof processSettings>;
  const log = createLogger(service, own.LOG_LEVEL);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ fault: error }, event);
      process.exit(1);
    });
  }
  logWarnings(log);
  const controller = new AbortController();
  const health = createHealth();
  exposeVersion(service);
  exposeReadiness(health);
  const stopped = (async () => {
    log.info({ signal: await untilSignal() }, 'stopping');
    const onProcess = health.role('process', { serves: true });
    onProcess({ ready: false, reason: 'stopping' });
    controller.abort();
  })();
  {
    await using stack = new AsyncDisposableStack();
    // The first that opens is the last that closes.
    stack.use(await startTracing(service, own, log));
    try {
      await compose({ config, log, health, stack, signal: controller.signal });
    } catch (error) {
      if (error instanceof ConfigError) endForSettings(service, error);
      throw error;
    }
    await stopped;
  }
  log.info('stopped');
  // Everything that matters is closed. A connection that a library left open must not keep the process alive.
  process.exit(0);
}

/** Node's own listener prints a warning to standard error, in lines that are not JSON. */
function logWarnings(log: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    const { name, message, stack, code } = warning as Error & { code?: string };
    // A deprecation is a library's, and nothing is wrong yet. Others, such as a leak of listeners, need their stack. A
    // warning is not logged whole: one about listeners holds their emitter, such as the process with its environment.
    if (name === 'DeprecationWarning') log.info({ code, warning: message }, 'Node warns of a deprecation');
    else log.warn({ code, warning: message, stack }, 'Node warns');
  });
}

function readSettings<Shape extends z.ZodRawShape>(service: string, settings: z.ZodObject<Shape>) {
  try {
    return readConfig(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return endForSettings(service, error);
  }
}

function endForSettings(service: string, { message }: ConfigError): never {
  process.stderr.write(`${service}: ${message}\n`);
  process.exit(EXIT_CONFIG);
}
