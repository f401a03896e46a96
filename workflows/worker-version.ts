import { grpcStatus } from '@gozon/temporal-outbox';
import { status } from '@grpc/grpc-js';
import type { ConnectionLike } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { z } from 'zod';
import { requiredWith } from '#platform/process/config.ts';

/** By the names that Temporal's worker controller for Kubernetes sets. Without them workers have no version. */
export const versionSettings = {
  TEMPORAL_DEPLOYMENT_NAME: z.string().optional().register(requiredWith, ['TEMPORAL_WORKER_BUILD_ID']),
  TEMPORAL_WORKER_BUILD_ID: z.string().optional().register(requiredWith, ['TEMPORAL_DEPLOYMENT_NAME']),
};

export function workerVersion({
  TEMPORAL_DEPLOYMENT_NAME: deploymentName,
  TEMPORAL_WORKER_BUILD_ID: buildId,
}: z.output<z.ZodObject<typeof versionSettings>>): WorkerDeploymentVersion | undefined {
  return deploymentName && buildId ? { deploymentName, buildId } : undefined;
}

/** Which new workflows Temporal gives to a version: all to the current one, but for the share of one that is ramped up. */
export type ShareOfStarts = 'all' | 'some' | 'none';

/** Asks Temporal for the share of a version. It has none before a worker of it has polled. */
export async function shareOfStarts(
  { workflowService }: ConnectionLike,
  namespace: string,
  { deploymentName, buildId }: WorkerDeploymentVersion,
): Promise<ShareOfStarts> {
  try {
    const { workerDeploymentInfo } = await workflowService.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    const { currentDeploymentVersion, rampingDeploymentVersion, rampingVersionPercentage } =
      workerDeploymentInfo?.routingConfig ?? {};
    const isRamping = Boolean(rampingVersionPercentage);
    if (currentDeploymentVersion?.buildId === buildId) return isRamping ? 'some' : 'all';
    return isRamping && rampingDeploymentVersion?.buildId === buildId ? 'some' : 'none';
  } catch (error) {
    if (grpcStatus(error) === status.NOT_FOUND) return 'none';
    throw error;
  }
}
