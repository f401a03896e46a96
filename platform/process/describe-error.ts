import { explainTls } from './explain-tls.ts';

/** How many causes are named, at most. */
const DEPTH = 5;

/**
 * An error with its causes in one line, without stack, addresses and secrets: it is shown to customers and stored with
 * their orders. The words of a server are often in a cause only.
 */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let one = error;
  for (let depth = 0; one !== undefined && depth < DEPTH; depth++) {
    if (one instanceof AggregateError && one.errors.length > 0) [one] = one.errors as unknown[];
    const words = withoutAddresses(wordsOf(one));
    // Many libraries repeat the message of the error that they wrap. Some messages differ by an address only.
    if (words !== '' && !parts.some((part) => part.includes(words))) parts.push(words);
    one = one instanceof Error ? one.cause : undefined;
  }
  return parts.join(': ') || withoutAddresses(nameOf(error));
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const words = explainTls(error) ?? error.message;
  const { code, details } = error as { code?: unknown; details?: unknown };
  const status = typeof code === 'number' && details !== undefined ? GRPC_STATUSES[code] : undefined;
  return status === undefined || words.includes(status) ? words : `${status}: ${words}`;
}

/**
 * By number: grpc.github.io/grpc/core/md_doc_statuscodes.html. Some clients leave the name out of the message. Not the enum
 * of @grpc/grpc-js, which only the process with Temporal's client loads.
 */
const GRPC_STATUSES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** A message of a library or server in one line, without the hosts, ports, passwords and tokens that it names. */
export function withoutAddresses(message: string): string {
  return message
    .replaceAll(CREDENTIALS, '')
    .replaceAll(/\b(ENOTFOUND|EAI_AGAIN)\s+[\w.-]+/g, '$1')
    .replaceAll(ADDRESS, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** A user and password in a URL, a token after its scheme, and a JSON Web Token. */
const CREDENTIALS = /(?<=\/\/)[^\s/@]+@|(?<=\b(?:Bearer|Basic)\s)[\w.~+/=-]+|\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/** An IPv4 or IPv6 address with or without a port, or a host with one. */
const ADDRESS =
  /(?<![\w.])(?:(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|\[[\da-f:.]+\](?::\d+)?|(?:[\da-f]{0,4}:){2,7}[\da-f]{1,4}(?::\d+)?|[a-z][\w.-]*:\d{2,5})(?![\w.])/gi;
