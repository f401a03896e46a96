/**
 * What an error of a part outside this process means:
 * - `refusal`: the part works and refuses what it was given. Trying again would not help.
 * - `outage`: the part, or the way to it, is away, busy or stopping. It is a reason to try again or to answer 503.
 * - `bug`: anything else. It is ours to mend, so it is answered with 500 and logged with its stack.
 */
export type ErrorClass = 'refusal' | 'outage' | 'bug';

/** By SQLSTATE, the first that matches: postgresql.org/docs/18/errcodes-appendix.html. */
const SQLSTATES: readonly (readonly [RegExp, ErrorClass])[] = [
  // Raised by our own database functions.
  [/^GZ/, 'refusal'],
  // Data exceptions and violated constraints.
  [/^2[23]/, 'refusal'],
  // Connections, rejected logins, rollbacks, resources, an operator's intervention, and errors of the server's system.
  [/^(08|28|40|53|57|58)/, 'outage'],
  // Read-only, as after a failover; a transaction that was idle or open for too long.
  [/^(25006|25P03|25P04)$/, 'outage'],
  // No such database, as before it is made or restored; an object in use; a lock that did not become free in time.
  [/^(3D000|55006|55P03)$/, 'outage'],
];

/** gRPC statuses by number (grpc.github.io/grpc/core/md_doc_statuscodes.html); any other is an outage. */
const GRPC_REFUSALS: ReadonlySet<number> = new Set([
  3, // INVALID_ARGUMENT
  6, // ALREADY_EXISTS
]);

/** Error codes of Node for a network, a name or a certificate that does not work. */
const NETWORK = /^(E[A-Z_]+|ERR_(SSL|TLS|SOCKET)_[\w/]+|UND_ERR_\w+|CERT_\w+|\w+_CERT\w*|UNABLE_TO_\w+)$/;

/** Codes of Node that look like those and are about files or arguments. */
const MISTAKES: ReadonlySet<string> = new Set(['EINVAL', 'EBADF', 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENOENT']);

/** kafkajs names its own errors by their class. These are not marked as retriable, and yet say that Kafka is away. */
const KAFKA_OUTAGES: ReadonlySet<string> = new Set([
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
  'KafkaJSBrokerNotFound',
  'KafkaJSSASLAuthenticationError',
]);

/** An outage for which the driver has no code, such as a connection that ended or fell silent. */
export class OutageError extends Error {
  override readonly name = 'OutageError';
}

/**
 * Classifies an error of PostgreSQL, Kafka, Temporal or the network by its code, never by its text. An error that wraps
 * another is classified by that other.
 */
export function classifyError(error: unknown): ErrorClass {
  if (!(error instanceof Error)) return 'bug';
  if (error instanceof AggregateError) return classifyAll(error.errors);
  return classifyOne(error) ?? (error.cause === undefined ? 'bug' : classifyError(error.cause));
}

export function isOutage(error: unknown): boolean {
  return classifyError(error) === 'outage';
}

function classifyAll(errors: readonly unknown[]): ErrorClass {
  return errors.length > 0 && errors.every(isOutage) ? 'outage' : 'bug';
}

/** The fields by which errors of pg, kafkajs, gRPC and Node are told apart. */
interface Coded {
  readonly code?: unknown;
  /** pg: of a message of the server. */
  readonly severity?: unknown;
  /** gRPC. */
  readonly details?: unknown;
  /** kafkajs; `type` only of an answer of the broker. */
  readonly retriable?: unknown;
  readonly type?: unknown;
}

function classifyOne(error: Error & Coded): ErrorClass | undefined {
  const { code, severity, details, retriable, type } = error;
  if (error instanceof OutageError) return 'outage';
  if (typeof code === 'string' && severity !== undefined) {
    return SQLSTATES.find(([pattern]) => pattern.test(code))?.[1] ?? 'bug';
  }
  if (typeof code === 'number' && details !== undefined)
    return GRPC_REFUSALS.has(code) ? 'refusal' : 'outage';
  if (retriable === true || KAFKA_OUTAGES.has(error.name)) return 'outage';
  // A refusal of the broker, such as TOPIC_AUTHORIZATION_FAILED.
  if (retriable === false && typeof type === 'string') return 'refusal';
  if (typeof code === 'string' && NETWORK.test(code) && !MISTAKES.has(code)) return 'outage';
  return undefined;
}
