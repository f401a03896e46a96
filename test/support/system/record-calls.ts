// Preloaded into a service (node --import) by a test: records each statement that it sends to PostgreSQL, and what it asks
// of Kafka. The product knows nothing of this: the wrapped functions belong to the libraries that it calls.
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
// oxlint-disable-next-line no-restricted-imports -- the product has one place for it; this records what all of it asks
import kafkajs from 'kafkajs';
import pg from 'pg';
import { BATCH, CALLS_FILE } from './recorded-calls.ts';
import type { RecordedCall } from './recorded-calls.ts';

type Act = (this: unknown, ...given: unknown[]) => unknown;

const file = process.env[CALLS_FILE];

if (file && isMainThread) {
  const record = (call: RecordedCall) => appendFileSync(file, `${JSON.stringify(call)}\n`);
  recordStatements(record);
  recordKafka(record);
}

function recordStatements(record: (call: RecordedCall) => void): void {
  const inTransaction = new WeakSet<object>();
  wrap(
    pg.Client.prototype,
    'query',
    (query) =>
      function (this: unknown, ...given) {
        const client = this as pg.Client;
        const [first] = given as [string | { text: string }];
        const text = typeof first === 'string' ? first : first.text;
        const answer = query.apply(this, given) as Promise<pg.QueryResult>;
        if (/^begin\b/.test(text)) inTransaction.add(client);
        if (/^(commit|rollback)\b/.test(text)) inTransaction.delete(client);
        const database = client.database ?? '';
        const commits = !inTransaction.has(client);
        return answer.then((result) => {
          record({ to: database, text, rows: rowsOf(result).filter(isFound).length, commits });
          return result;
        });
      },
  );
}

/** Several statements in one text have several results. */
function rowsOf(results: pg.QueryResult | readonly pg.QueryResult[]): pg.QueryResultRow[] {
  return [results].flat().flatMap(({ rows }) => rows as pg.QueryResultRow[]);
}

/** A claim that finds no row returns one of nulls. */
function isFound(row: { readonly outboxId?: unknown }): boolean {
  return row.outboxId !== null;
}

interface Emitter {
  readonly events: Readonly<Record<'REQUEST' | 'START_BATCH_PROCESS', string>>;
  on: (event: string, listener: (event: { payload: { apiName?: string } }) => void) => void;
}

function recordKafka(record: (call: RecordedCall) => void): void {
  for (const kind of ['producer', 'consumer']) {
    wrap(
      kafkajs.Kafka.prototype,
      kind,
      (make) =>
        function (this: unknown, ...given) {
          const made = make.apply(this, given) as Emitter;
          made.on(made.events.REQUEST, ({ payload }) => record({ to: 'Kafka', text: payload.apiName ?? '' }));
          if (kind === 'consumer')
            made.on(made.events.START_BATCH_PROCESS, () => record({ to: 'Kafka', text: BATCH }));
          return made;
        },
    );
  }
}

function wrap(owner: object, name: string, replace: (act: Act) => Act): void {
  const acts = owner as Record<string, Act>;
  const act = acts[name];
  if (!act) throw new Error(`there is no ${name} to be wrapped any more`);
  acts[name] = replace(act);
}
