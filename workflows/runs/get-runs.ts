import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { problems } from '#contracts/http/problems.ts';
import type { WorkflowRun } from '#contracts/http/runs-api.ts';
import { isOutage } from '#platform/process/classify-error.ts';
import type { Logger } from '#platform/process/logger.ts';
import type { TemporalAccess } from '#temporal-config/access.ts';
import { renewApiKey } from '#temporal-config/api-key.ts';
import { decodeRun } from './decode-run.ts';
import { stepsOf } from './history-steps.ts';
import { signalsOf, timersOf } from './history-waits.ts';

/** In ms; orders waits for 2 s. */
const DEADLINE = 1_500;

export interface GetRuns extends AsyncDisposable {
  (workflowIds: readonly string[]): Promise<WorkflowRun[]>;
}

/**
 * Gets the latest runs of an order's workflows from Temporal, over a connection of its own: that of relay and worker is replaced
 * when it fails.
 * @throws Problem 503 while Temporal is away
 */
export function createGetRuns(options: {
  access: TemporalAccess;
  namespace: string;
  dataConverter?: DataConverter;
  log: Logger;
}): GetRuns {
  const codecs = options.dataConverter?.payloadCodecs ?? [];
  const connection = Connection.lazy(options.access);
  const renewal = renewApiKey(connection, options.access, options.log);
  const client = new Client({ connection, namespace: options.namespace });
  const getRun = async (workflowId: string): Promise<WorkflowRun[]> => {
    const handle = client.workflow.getHandle(workflowId);
    try {
      const run = await handle.describe();
      const { history, pending } = await decodeRun(
        { history: await handle.fetchHistory(), pending: run.raw.pendingActivities ?? [] },
        codecs,
      );
      const summary = summarize(run);
      return [
        {
          ...summary,
          steps: stepsOf(history, pending),
          timers: timersOf(history, summary.closedAt),
          signals: signalsOf(history),
        },
      ];
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return [];
      throw error;
    }
  };
  const get = async (workflowIds: readonly string[]) => {
    try {
      const runs = await client.withDeadline(Date.now() + DEADLINE, async () =>
        Promise.all(workflowIds.map(getRun)),
      );
      return runs.flat();
    } catch (error) {
      throw isOutage(error) ? problems.unavailable('Temporal cannot be reached.', { cause: error }) : error;
    }
  };
  return Object.assign(get, {
    async [Symbol.asyncDispose]() {
      await renewal[Symbol.asyncDispose]();
      await connection.close();
    },
  });
}

function summarize(run: WorkflowExecutionDescription): Omit<WorkflowRun, 'steps' | 'timers' | 'signals'> {
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    type: run.type,
    status: run.status.name.toLowerCase(),
    startedAt: run.startTime.toISOString(),
    closedAt: run.closeTime?.toISOString() ?? null,
  };
}
