import { grpcStatus } from '@gozon/temporal-outbox';
import { status } from '@grpc/grpc-js';
import type { ConnectionLike } from '@temporalio/client';
import { namespace as ours } from './namespace.ts';

/**
 * Asks by queries: for those no more rights are needed than to start workflows.
 * @returns what is wrong with the namespace for all workflows alike, and what to do; undefined when nothing is
 * @throws when Temporal does not answer
 */
export async function findNamespaceFault(
  { workflowService }: ConnectionLike,
  namespace: string,
): Promise<string | undefined> {
  for (const name of ours.searchAttributes) {
    try {
      await workflowService.countWorkflowExecutions({ namespace, query: `${name} = 'nobody'` });
    } catch (error) {
      const code = grpcStatus(error);
      if (code === status.NOT_FOUND) return namespaceIsMissing(namespace);
      if (code !== status.INVALID_ARGUMENT) throw error;
      return (
        `the namespace ${namespace} lacks the search attribute ${name} of type Keyword: ` +
        `remove it if it has another type, then run ${SET_UP}`
      );
    }
  }
  return undefined;
}

/** What is wrong, and what to do, when Temporal does not know our namespace. */
export function namespaceIsMissing(namespace: string): string {
  return `Temporal has no namespace ${namespace}: run ${SET_UP}`;
}

const SET_UP = 'deploy/configure-temporal, as npm start does';
