// Preloaded into a service (node --import) by the torture: kills the process when it reaches the point that a file names.
// The product knows nothing of this: the wrapped functions belong to the libraries that it calls.
import { readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
// oxlint-disable-next-line no-restricted-imports -- the product never dies on purpose; the torture has it do so
import kafkajs from 'kafkajs';
import pg from 'pg';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { CRASH_POINT_FILE, hitFile, STATEMENTS } from './crash-point-list.ts';

type Act = (this: unknown, ...given: unknown[]) => unknown;

const file = process.env[CRASH_POINT_FILE];

if (file && isMainThread) {
  const service = path.basename(file) as ServiceName;
  wrapStatements(file, Object.entries(STATEMENTS[service] ?? {}));
  if (service === 'orders') {
    wrapProducer(file, 'producing a dead letter');
    wrapOffsets(file);
  }
  if (service === 'workflows') {
    wrapProducer(file, 'producing a report');
    const { WorkflowClient } = await import('@temporalio/client');
    wrap(WorkflowClient.prototype, 'start', (start) => around(file, 'starting a workflow', start));
    wrap(WorkflowClient.prototype, 'signalWithStart', (signal) =>
      around(file, 'signalling a workflow', signal),
    );
  }
}

function wrapStatements(armed: string, named: readonly [string, RegExp][]): void {
  wrap(
    pg.Client.prototype,
    'query',
    (query) =>
      function (this: unknown, ...given) {
        const [asked] = given as [string | { text: string }];
        const text = typeof asked === 'string' ? asked : asked.text;
        const what = named.find(([, pattern]) => pattern.test(text))?.[0];
        if (!what) return query.apply(this, given);
        pass(armed, `before ${what}`);
        const result = query.apply(this, given) as Promise<unknown>;
        // By then it has been written to the socket.
        setImmediate(() => pass(armed, `during ${what}`));
        return result.then((answer) => {
          pass(armed, `after ${what}`);
          return answer;
        });
      },
  );
}

function wrapProducer(armed: string, what: string): void {
  wrap(
    kafkajs.Kafka.prototype,
    'producer',
    (make) =>
      function (this: unknown, ...given) {
        const producer = make.apply(this, given) as { send: Act };
        wrap(producer, 'send', (send) => around(armed, what, send));
        return producer;
      },
  );
}

/** The consumer commits by itself when a batch is resolved: nothing that it exports is called for it. */
function wrapOffsets(armed: string): void {
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/consumer/offsetManager/index.js') as { prototype: object };
  wrap(
    prototype,
    'commitOffsets',
    (commit) =>
      async function (this: unknown, ...given) {
        const manager = this as { uncommittedOffsets(): { topics: readonly unknown[] } };
        const act = manager.uncommittedOffsets().topics.length > 0;
        return act
          ? around(armed, 'committing offsets', commit).apply(this, given)
          : commit.apply(this, given);
      },
  );
}

function around(armed: string, what: string, act: Act): Act {
  return async function (this: unknown, ...given) {
    pass(armed, `before ${what}`);
    const result = await act.apply(this, given);
    pass(armed, `after ${what}`);
    return result;
  };
}

function wrap(owner: object, name: string, replace: (act: Act) => Act): void {
  const acts = owner as Record<string, Act>;
  const act = acts[name];
  if (!act) throw new Error(`there is no ${name} to be wrapped any more`);
  acts[name] = replace(act);
}

function pass(armed: string, point: string): void {
  try {
    if (readFileSync(armed, 'utf8') !== point) return;
    renameSync(armed, hitFile(armed));
  } catch {
    // Not armed, or another process was here first.
    return;
  }
  process.kill(process.pid, 'SIGKILL');
}
