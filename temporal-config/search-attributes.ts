import { status } from '@grpc/grpc-js';
import type { ConnectionLike } from '@temporalio/client';
import { grpcStatus } from './grpc-status.ts';
import { namespace as ours } from './namespace.ts';

/** Whether the server knows every search attribute, as its answer to a query for them says. */
export async function knowsSearchAttributes(
  { workflowService }: ConnectionLike,
  namespace: string,
): Promise<boolean> {
  const query = ours.searchAttributes.map((name) => `${name} = 'nobody'`).join(' or ');
  try {
    await workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if (grpcStatus(error) === status.INVALID_ARGUMENT) return false;
    throw error;
  }
}
