import type { status } from '@grpc/grpc-js';
import { isGrpcServiceError } from '@temporalio/client';

/** The gRPC status of Temporal's answer, also when the SDK wrapped the error. Undefined when there is none. */
export function grpcStatus(error: unknown): status | undefined {
  const cause = error instanceof Error && !isGrpcServiceError(error) ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}
