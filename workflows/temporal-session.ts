import { status } from '@grpc/grpc-js';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Worker, WorkflowBundleOption } from '@temporalio/worker';
import { SHUTDOWN, TEMPORAL_CONNECT } from '#contracts/values/deadlines.ts';
import type { Kysely } from '#platform/postgres/database.ts';
import { describeError } from '#platform/process/health.ts';
import type { RoleState } from '#platform/process/health.ts';
import { inBackground, pause } from '#platform/process/lifecycle.ts';
import type { Logger } from '#platform/process/logger.ts';
import { backOff } from '#platform/timing/back-off.ts';
import type { WakeUp } from '#platform/timing/wake-up.ts';
import type { TemporalAccess } from '#temporal-config/access.ts';
import { grpcStatus } from '#temporal-config/grpc-status.ts';
import type { PaymentActivities } from './payment/activities.ts';
import type { Unreported } from './relay/in-flight-limit.ts';
import type { OutboxTables } from './relay/outbox.queries.ts';
import { startRelay } from './relay/relay.ts';
import { createPaymentWorker } from './worker.ts';

/** How often the connection to Temporal must answer, within what, and how often it may fail to; in ms. */
const PROBE_EVERY = 3_000;
const PROBE_DEADLINE = 3_000;
const PROBE_FAILURES = 2;

export interface Payments {
  readonly access: TemporalAccess;
  readonly namespace: string;
  readonly workflowBundle: WorkflowBundleOption;
  readonly activities: PaymentActivities;
  readonly ordersDb: Kysely<OutboxTables>;
  readonly unreported: Unreported;
  readonly wakeUp: WakeUp;
  readonly log: Logger;
  readonly onWorker: (state: RoleState) => void;
  readonly onRelay: (state: RoleState) => void;
  /** See {@link startRelay}. */
  readonly onTried: () => void;
}

/**
 * Runs worker and relay on one connection until disposed: an eager start is handed to the worker that shares the
 * starter's connection. When the connection or the worker fails, both are made again with back-off.
 */
export function runPayments(payments: Payments): AsyncDisposable {
  return inBackground(async (signal) => {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await runOnce(payments, signal, () => {
          failures = 0;
        });
      } catch (error) {
        const state = { ready: false, reason: describeError(error) } as const;
        payments.onWorker(state);
        payments.onRelay(state);
        payments.log.warn({ err: error }, 'the Temporal worker stopped, starting it again');
        await pause(backOff(failures, { min: 200, max: 3_000 }), signal);
      }
    }
  });
}

async function runOnce(payments: Payments, signal: AbortSignal, onRunning: () => void): Promise<void> {
  const connected = await connectWorker(payments, signal);
  if (!connected) return;
  const { connection, worker } = connected;
  const ended = new AbortController();
  const running = worker.run().finally(() => ended.abort());
  const closed = running.finally(async () => connection.close());
  closed.catch(() => {});
  const client = new Client({ connection, namespace: payments.namespace });
  const relay = startRelay({
    db: payments.ordersDb,
    workflows: client.workflow,
    unreported: payments.unreported,
    wakeUp: payments.wakeUp,
    log: payments.log,
    onState: payments.onRelay,
    onTried: payments.onTried,
  });
  onRunning();
  payments.onRelay({ ready: true });
  try {
    await watchConnection(payments, connection, worker, AbortSignal.any([signal, ended.signal]));
  } finally {
    await relay[Symbol.asyncDispose]();
    if (worker.getState() === 'RUNNING') worker.shutdown();
  }
  await Promise.race([closed, pause(SHUTDOWN.worker, ended.signal)]);
}

async function connectWorker(
  payments: Payments,
  signal: AbortSignal,
): Promise<{ connection: NativeConnection; worker: Worker } | undefined> {
  const connection = await connect(payments.access, signal);
  if (!connection) return undefined;
  try {
    return { connection, worker: await createPaymentWorker({ ...payments, connection }) };
  } catch (error) {
    await connection.close().catch(() => {});
    throw error;
  }
}

/**
 * The SDK cannot be told to give up: a connection that comes too late is closed.
 * @returns undefined when told to stop
 * @throws Error when Temporal does not answer in time
 */
async function connect(access: TemporalAccess, signal: AbortSignal): Promise<NativeConnection | undefined> {
  const connecting = NativeConnection.connect(access);
  const settled = new AbortController();
  const givenUp = pause(TEMPORAL_CONNECT, AbortSignal.any([signal, settled.signal]));
  try {
    const connection = await Promise.race([connecting, givenUp]);
    if (connection) return connection;
  } finally {
    settled.abort();
  }
  connecting.then(async (late) => late.close()).catch(() => {});
  if (signal.aborted) return undefined;
  throw new Error(`Temporal did not answer within ${TEMPORAL_CONNECT} ms`);
}

/**
 * Returns when told to stop, throws when the connection no longer answers: its worker is then left to end by itself, once
 * the SDK's keep-alive has given up the connection too. Ending it by force would leak its threads, 3 an outage. Refused connections are not its business: the
 * SDK makes those again by itself. On a half-open link it would wait 45 s for its own keep-alive.
 * Throws as well when the worker has failed: of a server that does not know the namespace, since its store was lost, it
 * does not poll again, and its run may never settle.
 */
async function watchConnection(
  payments: Payments,
  connection: NativeConnection,
  worker: Worker,
  stop: AbortSignal,
): Promise<void> {
  let answered = true;
  for (let silent = 0; !stop.aborted;) {
    try {
      await connection.withDeadline(Date.now() + PROBE_DEADLINE, async () =>
        connection.workflowService.describeNamespace({ namespace: payments.namespace }),
      );
      silent = 0;
      answered = true;
      payments.onWorker({ ready: true });
    } catch (error) {
      payments.onWorker({ ready: false, reason: describeError(error) });
      if (answered) payments.log.warn({ err: error }, 'Temporal does not answer');
      answered = false;
      if (isSilence(error)) silent += 1;
      if (silent >= PROBE_FAILURES) throw error;
    }
    await pause(PROBE_EVERY, stop);
    if (!stop.aborted && worker.getState() === 'FAILED') throw new Error('the Temporal worker failed');
  }
}

function isSilence(error: unknown): boolean {
  const code = grpcStatus(error);
  return code === status.DEADLINE_EXCEEDED || code === status.CANCELLED;
}
