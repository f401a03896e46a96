import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VersioningBehavior } from '@temporalio/common';
import type { DataConverter, WorkerDeploymentVersion } from '@temporalio/common';
import { DefaultLogger, Worker, bundleWorkflowCode, makeTelemetryFilterString } from '@temporalio/worker';
import type {
  ActivityInterceptorsFactory,
  NativeConnection,
  WorkflowBundleOption,
  WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { SHUTDOWN } from '#contracts/values/deadlines.ts';
import type { Logger } from '#platform/process/logger.ts';
import { isTracing } from '#platform/tracing/spans.ts';
import { TASK_QUEUE } from '#temporal-config/names.ts';
import { encodingFailures } from '#temporal-config/workflow-failures.ts';
import type { PaymentActivities } from './payment/activities.ts';
import { CACHED_WORKFLOWS } from './settings.ts';
import { installRuntimeWithMetrics } from './temporal-metrics.ts';
import { recordWorkflows, traceActivities } from './trace/trace-workflows.ts';

/**
 * The workflow code as the worker runs it: bundled, with nothing of Node in it. Takes a second or two. Its modules are
 * loaded once for all workflows and not for each, so they must keep nothing of a workflow in a variable. The SDK freezes
 * what they export.
 */
export async function bundleWorkflows(log: Logger): Promise<WorkflowBundleWithSourceMap> {
  const [workflowsPath, tracePath] = ['payment/all.workflow.ts', 'trace/trace.workflow.ts'].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  ) as [string, string];
  const failureConverterPath = fileURLToPath(import.meta.resolve('#temporal-config/workflow-failures.ts'));
  return bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [tracePath],
    failureConverterPath,
    preloadModules: [failureConverterPath, workflowsPath, tracePath],
    logger: new DefaultLogger('WARN', (entry) => log.warn(entry.meta ?? {}, entry.message)),
  });
}

/** Sets the Temporal runtime up, once a process: its logs and metrics join ours, and signals stay ours to handle. */
export function installTemporalRuntime(log: Logger): void {
  // Failed attempts of an activity are announced once for each outage, by observe-activities.ts. While the server is
  // away its client would log each of its attempts, hundreds of lines a second.
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  installRuntimeWithMetrics({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      if (message === 'Activity failed') log.debug(meta ?? {}, message);
      else if (level === 'ERROR') log.error(meta ?? {}, message);
      else log.warn(meta ?? {}, message);
    }),
    telemetryOptions: {
      logging: { filter: `${filter},temporalio_client::retry=ERROR`, forward: {} },
    },
  });
}

export interface PaymentWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly workflowBundle: WorkflowBundleOption;
  readonly activities: PaymentActivities;
  readonly dataConverter?: DataConverter;
  readonly version?: WorkerDeploymentVersion;
  /** How many workflows to keep in memory. */
  readonly cachedWorkflows?: number | undefined;
  /** Sees each attempt of an activity. */
  readonly observer?: ActivityInterceptorsFactory;
}

/** A worker for payments, with slots enough that every start of a relay with at most 64 workflows in flight is eager. */
export async function createPaymentWorker({
  observer,
  workflowBundle,
  dataConverter = {},
  version,
  cachedWorkflows = CACHED_WORKFLOWS,
  ...options
}: PaymentWorkerOptions): Promise<Worker> {
  const encodesFailures = dataConverter.failureConverterPath !== undefined;
  return Worker.create({
    ...options,
    dataConverter,
    workflowBundle: encodesFailures ? { code: encodingFailures(codeOf(workflowBundle)) } : workflowBundle,
    activities: { ...options.activities },
    ...(version && { workerDeploymentOptions: deploymentOptions(version) }),
    // The first is around the others.
    interceptors: { activity: [...(isTracing() ? [traceActivities] : []), ...(observer ? [observer] : [])] },
    sinks: recordWorkflows,
    taskQueue: TASK_QUEUE,
    maxConcurrentWorkflowTaskExecutions: 200,
    maxConcurrentLocalActivityExecutions: 200,
    maxConcurrentActivityTaskExecutions: 100,
    maxCachedWorkflows: cachedWorkflows,
    // How long a task waits for the copy that has the workflow in its cache, before any copy may take it.
    stickyQueueScheduleToStartTimeout: '3 seconds',
    shutdownGraceTime: SHUTDOWN.activities,
  });
}

function codeOf(bundle: WorkflowBundleOption): string {
  return 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
}

/**
 * A workflow moves on to the version that is current. Pinned, one with a hold would keep workers of its version for up to a month.
 */
function deploymentOptions(version: WorkerDeploymentVersion) {
  return {
    version,
    useWorkerVersioning: true,
    defaultVersioningBehavior: VersioningBehavior.AUTO_UPGRADE,
  } as const;
}
