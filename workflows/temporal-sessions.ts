import { grpcStatus, startRelay } from '@gozon/temporal-outbox';
import type { RelayOptions } from '@gozon/temporal-outbox';
import { backOff, inBackground, pause } from '@gozon/timing';
import { status } from '@grpc/grpc-js';
import { Client } from '@temporalio/client';
import type { DataConverter, WorkerDeploymentVersion } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { Worker } from '@temporalio/worker';
import { SHUTDOWN, TEMPORAL_CONNECT } from '#contracts/values/deadlines.ts';
import { OutageError } from '#platform/process/classify-error.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { RoleState } from '#platform/process/health.ts';
import type { Logger } from '#platform/process/logger.ts';
import { isTracing } from '#platform/tracing/spans.ts';
import type { TemporalAccess } from '#temporal-config/access.ts';
import { connectOptions, renewApiKey } from '#temporal-config/api-key.ts';
import { explainConnection } from '#temporal-config/explain-connection.ts';
import { findNamespaceFault, namespaceIsMissing } from '#temporal-config/namespace-fault.ts';
import { traceRequests } from './trace/trace-workflows.ts';
import { shareOfStarts } from './worker-version.ts';
import type { ShareOfStarts } from './worker-version.ts';
import { createPaymentWorker } from './worker.ts';
import type { PaymentWorkerOptions } from './worker.ts';

/**
 * How often the connection to Temporal must answer, within what, and after how many silent probes it is given up; in
 * ms.
 */
const PROBE_EVERY = 3_000;
const PROBE_DEADLINE = 3_000;
const PROBE_FAILURES = 2;

const BACK_OFF = { min: 200, max: 3_000 };

export interface TemporalSessionOptions {
  readonly access: TemporalAccess;
  readonly namespace: string;
  /** How what Temporal stores is converted, by the relay and by the worker. */
  readonly dataConverter?: DataConverter;
  readonly version?: WorkerDeploymentVersion;
  readonly worker: Omit<PaymentWorkerOptions, 'connection' | 'namespace' | 'dataConverter' | 'version'>;
  readonly relay: Omit<RelayOptions, 'workflows' | 'findFault' | 'startsEagerly' | 'log' | 'onState'> & {
    readonly log: Logger;
    readonly onState: (state: RoleState) => void;
  };
  readonly onWorker: (state: RoleState) => void;
}

/**
 * Runs worker and relay on one connection until disposed: the server hands an eager start to the worker that shares the
 * starter's connection. The states of a session:
 *
 * - connecting: until Temporal answers, for 10 s at most
 * - running: the worker polls and the relay drains the outbox, while the connection is probed
 * - closing: told to stop; the relay ends first, then the worker
 * - abandoned: the connection is silent, or the worker has failed; the relay ends, and a new session begins with back-off
 */
export function runTemporalSessions(options: TemporalSessionOptions): AsyncDisposable {
  return inBackground(async (signal) => {
    for (let failures = 0; !signal.aborted;) {
      try {
        const connected = await connectWorker(options, signal);
        if (!connected) return;
        failures = 0;
        await runSession(options, connected, signal);
      } catch (reason) {
        const error = await explain(reason, options.access);
        failures += 1;
        const state = { ready: false, reason: describeError(error) } as const;
        options.onWorker(state);
        options.relay.onState(state);
        options.relay.log.warn(
          { err: error, temporal: options.access.address },
          'the Temporal worker stopped, starting it again',
        );
        await pause(backOff(failures, BACK_OFF), signal);
      }
    }
  });
}

interface ConnectedWorker {
  readonly connection: NativeConnection;
  readonly worker: Worker;
}

/**
 * Returns when told to stop, or when the worker has ended by itself.
 * @throws when the session is to be abandoned. Its worker is then left to end by itself, once the SDK's keep-alive has
 *   given up the connection too: ending it by force would leak its threads, three an outage.
 */
async function runSession(
  options: TemporalSessionOptions,
  { connection, worker }: ConnectedWorker,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const closed = worker
    .run()
    .finally(() => ended.abort())
    .finally(async () => connection.close());
  closed.catch(() => {});
  await using _renewal = renewApiKey(connection, options.access, options.relay.log);
  const { namespace, dataConverter = {}, version } = options;
  let share: ShareOfStarts = version ? 'none' : 'all';
  const interceptors = isTracing() ? { workflow: [traceRequests] } : {};
  const client = new Client({ connection, namespace, dataConverter, interceptors });
  const relay = startRelay({
    ...options.relay,
    workflows: client.workflow,
    // An eager start would give the workflow to this worker, whatever its version is: docs/upstream/temporal-eager-start-version.md.
    startsEagerly: () => share === 'all',
    findFault: async () =>
      connection.withDeadline(Date.now() + PROBE_DEADLINE, async () =>
        findNamespaceFault(connection, namespace),
      ),
  });
  options.relay.onState({ ready: true });
  try {
    for await (const state of probe(
      options,
      { connection, worker },
      AbortSignal.any([signal, ended.signal]),
    )) {
      options.onWorker(state);
      if (version && state.ready) share = await askForShare(version);
    }
  } finally {
    await relay[Symbol.asyncDispose]();
    if (worker.getState() === 'RUNNING') worker.shutdown();
  }
  await Promise.race([closed, pause(SHUTDOWN.worker, ended.signal)]);

  /** None while Temporal does not say so: a start that is not eager is right in any case. */
  async function askForShare(of: WorkerDeploymentVersion): Promise<ShareOfStarts> {
    const asking = connection.withDeadline(Date.now() + PROBE_DEADLINE, async () =>
      shareOfStarts(connection, namespace, of),
    );
    const now = await asking.catch(() => 'none' as const);
    if (now !== share)
      options.relay.log.info({ ...of, workflows: now }, 'Temporal gives new workflows to this version');
    return now;
  }
}

async function connectWorker(
  options: TemporalSessionOptions,
  signal: AbortSignal,
): Promise<ConnectedWorker | undefined> {
  const connection = await connect(options.access, signal);
  if (!connection) return undefined;
  try {
    const { namespace, dataConverter = {}, version } = options;
    await ask(connection, namespace);
    const worker = await createPaymentWorker({
      ...options.worker,
      ...(version && { version }),
      namespace,
      dataConverter,
      connection,
    });
    return { connection, worker };
  } catch (error) {
    await connection.close().catch(() => {});
    throw error;
  }
}

/**
 * The SDK cannot be told to give up, so a connection that comes too late is closed.
 * @returns undefined when told to stop
 * @throws Error when Temporal does not answer in time
 */
async function connect(access: TemporalAccess, signal: AbortSignal): Promise<NativeConnection | undefined> {
  // The SDK compresses by default. A request of a payment has less than 2 kB, and both sides would spend CPU on it.
  const connecting = NativeConnection.connect({
    ...(await connectOptions(access)),
    grpcCompression: { codec: 'none' },
  });
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
  throw new OutageError(`Temporal did not answer within ${TEMPORAL_CONNECT} ms`);
}

/**
 * Asks Temporal again and again over the session's connection, and yields whether it answers. Refused connections are
 * left to the SDK, which makes them again. On a half-open link it would wait 45 s for its own keep-alive.
 * @throws when the connection is silent, or when the worker has failed. A worker whose server does not know the
 *   namespace, because its store was lost, never polls again, and its run may never settle.
 */
async function* probe(
  { access, namespace, relay: { log } }: TemporalSessionOptions,
  { connection, worker }: ConnectedWorker,
  stop: AbortSignal,
): AsyncGenerator<RoleState> {
  let failures = 0;
  for (let silent = 0; !stop.aborted;) {
    try {
      await ask(connection, namespace);
      failures = 0;
      silent = 0;
      yield { ready: true };
    } catch (error) {
      yield { ready: false, reason: describeError(await explain(error, access)) };
      failures += 1;
      if (failures === 1) log.warn({ err: error, temporal: access.address }, 'Temporal does not answer');
      if (isSilence(error)) silent += 1;
      if (silent >= PROBE_FAILURES) throw error;
    }
    await pause(PROBE_EVERY, stop);
    if (!stop.aborted && worker.getState() === 'FAILED') throw new Error('the Temporal worker failed');
  }
}

/** @throws when Temporal does not answer, or does not know the namespace: then the error says what to do */
async function ask(connection: NativeConnection, namespace: string): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + PROBE_DEADLINE, async () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    if (grpcStatus(error) !== status.NOT_FOUND) throw error;
    throw new Error(namespaceIsMissing(namespace), { cause: error });
  }
}

/** A link that is silent would be silent to another handshake too. */
async function explain(error: unknown, access: TemporalAccess): Promise<unknown> {
  return isSilence(error) ? error : explainConnection(error, access);
}

function isSilence(error: unknown): boolean {
  if (error instanceof OutageError) return true;
  const code = grpcStatus(error);
  return code === status.DEADLINE_EXCEEDED || code === status.CANCELLED;
}
