import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A statement, or a request to Kafka, as record-calls.ts writes it down. */
export interface RecordedCall {
  /** The database, or Kafka. */
  readonly to: string;
  readonly text: string;
  /** Of a statement: that it returned, without one of nulls. */
  readonly rows?: number;
  /** Of a statement: whether no transaction was open after it. */
  readonly commits?: boolean;
}

/** The text of a call to Kafka that is not a request: a batch has come, in reply to a fetch. */
export const BATCH = 'a batch';

/** The environment variable that tells record-calls.ts where to write. */
export const CALLS_FILE = 'CALLS_FILE';

/** What all processes of a system have asked of PostgreSQL and Kafka. */
export interface Recording {
  /** For each of its services. */
  readonly environment: Record<string, string>;
  /** The calls since the last time. */
  take(): RecordedCall[];
}

export function recordCalls(folder: string): Recording {
  const file = path.join(mkdtempSync(path.join(folder, 'calls-')), 'calls');
  const preload = new URL('record-calls.ts', import.meta.url).href;
  let taken = 0;
  return {
    environment: {
      [CALLS_FILE]: file,
      NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${preload}`,
    },
    take() {
      if (!existsSync(file)) return [];
      const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
      const fresh = lines.slice(taken);
      taken = lines.length;
      return fresh.map((line) => JSON.parse(line) as RecordedCall);
    },
  };
}
