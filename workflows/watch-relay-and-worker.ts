import { hasOverdueRows } from '@gozon/temporal-outbox';
import { Connection } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { QueryExecutorProvider } from 'kysely';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import type { Health } from '#platform/process/health.ts';
import type { Logger } from '#platform/process/logger.ts';
import { watchProgress } from '#platform/process/watch-progress.ts';
import type { TemporalAccess } from '#temporal-config/access.ts';
import { renewApiKey } from '#temporal-config/api-key.ts';
import { TASK_QUEUE } from '#temporal-config/names.ts';
import { shareOfStarts } from './worker-version.ts';

/** Work that waits for less than this is not waiting; in s. */
const OVERDUE = 10;
/** temporal.api.enums.v1.TaskQueueType */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;
/** In ms. */
const DEADLINE = 3_000;

/** How many rows of the outbox were tried, and how many attempts of activities, whatever came of them. */
export interface Tried {
  dispatches: number;
  activities: number;
}

export interface WatchOptions {
  readonly ordersDb: QueryExecutorProvider;
  /** The kinds of rows that the relay dispatches. */
  readonly kinds: readonly string[];
  readonly access: TemporalAccess;
  readonly namespace: string;
  /** Of the worker, if it has one. */
  readonly version?: WorkerDeploymentVersion;
  readonly health: Pick<Health, 'role'>;
  readonly log: Logger;
  readonly tried: Readonly<Tried>;
  readonly limit?: number;
  readonly onStuck?: (error: Error) => void;
}

/** Watches relay and worker until disposed. It asks Temporal over a connection of its own, since theirs may be stuck. */
export function watchRelayAndWorker(watched: WatchOptions): AsyncDisposable {
  const { ordersDb, kinds, health, tried, namespace, version } = watched;
  const stack = new AsyncDisposableStack();
  const connection = Connection.lazy(watched.access);
  stack.defer(async () => connection.close());
  stack.use(renewApiKey(connection, watched.access, watched.log));
  const ask = async <Reply>(request: () => Promise<Reply>) =>
    connection.withDeadline(Date.now() + DEADLINE, request);
  const waitingTasks = async (taskQueueType: typeof WORKFLOW_TASKS | typeof ACTIVITY_TASKS) => {
    const { stats } = await ask(async () =>
      connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: TASK_QUEUE },
        taskQueueType,
        reportStats: true,
      }),
    );
    return Number(stats?.approximateBacklogAge?.seconds ?? 0) >= OVERDUE;
  };

  stack.use(
    watchProgress({
      ...watched,
      role: 'relay',
      onState: health.role(HEALTH_ROLES.relayProgress),
      progress: () => tried.dispatches,
      async mustProgress() {
        if (!(await hasOverdueRows(ordersDb, { kinds, seconds: OVERDUE }))) return false;
        await ask(async () => connection.workflowService.describeNamespace({ namespace }));
        return true;
      },
    }),
  );
  stack.use(
    watchProgress({
      ...watched,
      role: 'worker',
      onState: health.role(HEALTH_ROLES.workerProgress),
      progress: () => tried.activities,
      async mustProgress() {
        if (!(await waitingTasks(WORKFLOW_TASKS)) && !(await waitingTasks(ACTIVITY_TASKS))) return false;
        // What waits may be for workers of another version.
        return (
          version === undefined ||
          (await ask(async () => shareOfStarts(connection, namespace, version))) !== 'none'
        );
      },
    }),
  );
  return stack;
}
