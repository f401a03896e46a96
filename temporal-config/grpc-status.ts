import type { status } from '@grpc/grpc-js';
import { isGrpcServiceError } from '@temporalio/client';

/** With what gRPC status Temporal answered, also where the SDK put the error into one of its own; undefined without one. */
export function grpcStatus(error: unknown): status | undefined {
  const cause = error instanceof Error && !isGrpcServiceError(error) ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}
