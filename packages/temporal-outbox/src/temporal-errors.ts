import { isGrpcServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';

/** gRPC statuses by number: grpc.github.io/grpc/core/md_doc_statuscodes.html. */
const INVALID_ARGUMENT = 3;
const ALREADY_EXISTS = 6;
const RESOURCE_EXHAUSTED = 8;

/**
 * What an error of a dispatch means:
 * - `limited`: Temporal takes fewer requests than there are. It says nothing about the row.
 * - `away`: Temporal, or the way to it, does not answer, or does not know the namespace, or not yet. It says nothing about the
 *   row either.
 * - `refused`: Temporal answers, and does not take what it was given.
 * - `unknown`: it is no answer of Temporal.
 */
export type Failure = 'limited' | 'away' | 'refused' | 'unknown';

/** Classifies an error of the Temporal client by its code, never by its text. */
export function classifyFailure(error: unknown): Failure {
  if (isNamespaceMissing(error)) return 'away';
  switch (grpcStatus(error)) {
    case undefined:
      return 'unknown';
    case RESOURCE_EXHAUSTED:
      return 'limited';
    case INVALID_ARGUMENT:
    case ALREADY_EXISTS:
      return 'refused';
    default:
      return 'away';
  }
}

export function isNamespaceMissing(error: unknown): boolean {
  return error instanceof NamespaceNotFoundError;
}

/** The gRPC status of Temporal's answer, also when the SDK wrapped the error. Undefined when there is none. */
export function grpcStatus(error: unknown): number | undefined {
  const cause = error instanceof Error && !isGrpcServiceError(error) ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}

/** An error with its causes in one line: the SDK wraps the words of the server, and some of its errors have none. */
export function describeError(error: unknown): string {
  return (
    wordsOf(error).filter(Boolean).join(': ') || (error instanceof Error ? error.name : 'it says nothing')
  );
}

function wordsOf(error: unknown): string[] {
  if (error instanceof Error) return [error.message, ...wordsOf(error.cause)];
  return typeof error === 'string' ? [error] : [];
}
