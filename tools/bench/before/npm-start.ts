import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { findDecided } from '#tools/load/generate/decisions.queries.ts';
import { homeFolder } from '#tools/stack/bootstrap/folders.js';
import { findProcess } from '#tools/stack/bootstrap/processes/process-table.js';
import { processTree } from '#tools/stack/processes/process-tree.ts';
import { freePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { Started } from '../measure/turn.ts';
import { log } from '../open-rig.ts';
import type { PeerProcess } from '../peers/peer.ts';
import type { Copy } from './check-out.ts';

/** The first start of a home makes its databases. */
const STARTED_WITHIN = 240_000;

/** What the command of each process contains. */
const SERVICES = {
  gateway: /\bgateway\/main\.ts/,
  orders: /\borders\/main\.ts/,
  workflows: /\bworkflows\/main\.ts/,
  payments: /\bpayments\/main\.ts/,
};
const SERVERS = { postgres: /\bbin\/postgres -D/, kafka: / kafka\.Kafka /, temporal: / server start-dev / };

export interface StartedCopy extends Started {
  /** Of a database, as superuser. */
  readonly urlOf: (database: 'orders' | 'payments') => string;
}

/**
 * Starts a copy as its `npm start` does, in a home of its own, whatever its age: nothing of its code is known but the
 * tables of orders and two functions of payments. It ends with the stack, or with this process.
 */
export async function npmStart(
  copy: Copy,
  home: string,
  stack: AsyncDisposableStack,
  settings: Readonly<Record<string, string>> = {},
): Promise<StartedCopy> {
  mkdirSync(home, { recursive: true });
  const ports = await freePorts();
  const node = path.join(copy.folder, `node_modules/node-${process.platform}-${process.arch}/bin`);
  const child = spawn(
    path.join(node, 'node'),
    ['--disable-warning=ExperimentalWarning', path.join(copy.folder, copy.startFile)],
    {
      cwd: copy.folder,
      // As its bootstrap does it.
      env: {
        ...process.env,
        ...ports,
        ...settings,
        GOZON_HOME: home,
        NODE_COMPILE_CACHE: path.join(copy.folder, 'node_modules/.cache/node'),
        PATH: `${node}${path.delimiter}${process.env['PATH']}`,
      },
      // The channel closes when this process is killed, and then it stops as at Ctrl-C.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => (output += String(text)));
  const exited = once(child, 'exit');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  stack.defer(async () => {
    if (!hasEnded()) child.kill('SIGINT');
    await exited;
  });
  await eventually('npm start to be up', () => hasEnded() || output.includes(' is up after '), {
    within: STARTED_WITHIN,
  });
  if (hasEnded() || child.pid === undefined) throw new Error(`npm start ended:\n${output}`);

  const { postgres: password } = JSON.parse(readFileSync(path.join(home, 'secrets.json'), 'utf8')) as {
    postgres: string;
  };
  const urlOf = (database: 'orders' | 'payments') =>
    `postgres://postgres:${password}@${LOOPBACK}:${ports.POSTGRES_PORT}/${database}`;
  const ordersDb = stack.use(openDatabase({ url: urlOf('orders'), name: 'bench', log, size: 2 }));
  return {
    baseUrl: `http://${LOOPBACK}:${ports.GATEWAY_PORT}`,
    processes: find(SERVICES, child.pid),
    servers: find(SERVERS, child.pid),
    openCustomers: async (count) => openCustomers(urlOf('payments'), count),
    decidedAt: async (orderIds) => {
      const decided = await findDecided(ordersDb, orderIds);
      return new Map(decided.map(({ orderId, decidedAt }) => [orderId, decidedAt]));
    },
    workflowId: paymentWorkflowId,
    urlOf,
  };
}

/** Where the copies of that name keep their data between turns. */
export function homeOf(name: string): string {
  return path.join(homeFolder().home, 'bench', `home-of-${name}`);
}

/** Past the services, whose first request is to be measured. */
async function openCustomers(connectionString: string, count: number): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const userIds = Array.from({ length: count }, () => randomUUID());
    for (const userId of userIds) {
      await client.query(`select open_account($1, 'EUR', null, null)`, [userId]);
      await client.query('select top_up($1, 1000000000, 1000000000000, null, null)', [userId]);
    }
    return userIds;
  } finally {
    await client.end();
  }
}

/** The first process below one whose command matches, of each. */
function find(commands: Readonly<Record<string, RegExp>>, root: number): PeerProcess[] {
  const tree = processTree(root).map((pid) => ({ pid, command: findProcess(pid)?.command ?? '' }));
  return Object.entries(commands).map(([name, pattern]) => {
    const found = tree.find(({ command }) => pattern.test(command));
    if (!found) throw new Error(`npm start runs no ${name}`);
    return { name, pid: found.pid };
  });
}
