import { readFile } from 'node:fs/promises';
import { inBackground, pause } from '@gozon/timing';
import type { Logger } from '#platform/process/logger.ts';
import type { TemporalAccess } from './access.ts';

/**
 * How often the file of the API key is read, in ms. Kubernetes swaps a link on the way to the file, which tells no watcher of
 * the file.
 */
const READ_EVERY = 2_000;

/** How `Connection` and `NativeConnection` connect now: with the API key that the file holds by now. */
export async function connectOptions({ apiKeyFile, ...access }: TemporalAccess) {
  if (apiKeyFile === undefined) return access;
  const apiKey = await readKey(apiKeyFile).catch(() => '');
  return apiKey === '' ? access : { ...access, apiKey };
}

/** Gives a connection each new API key that its file holds, until disposed. */
export function renewApiKey(
  connection: { setApiKey(key: string): Promise<void> | void },
  { apiKey, apiKeyFile }: TemporalAccess,
  log: Logger,
): AsyncDisposable {
  return inBackground(async (signal) => {
    if (apiKeyFile === undefined) return;
    for (let last = apiKey; !signal.aborted; await pause(READ_EVERY, signal)) {
      try {
        const key = await readKey(apiKeyFile);
        if (key === '' || key === last) continue;
        await connection.setApiKey(key);
        last = key;
        log.info('Temporal gets a new API key');
      } catch (error) {
        log.warn({ err: error }, 'the file of the API key cannot be read; the last key stays');
      }
    }
  });
}

async function readKey(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim();
}
