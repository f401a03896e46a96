/** An error in one line, without stack and addresses: it is shown to customers and stored with their orders. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describeError(error.errors[0]);
  return withoutAddresses(error instanceof Error ? error.message || error.name : String(error));
}

/** A message of a library or server, without the hosts and ports that it names. */
export function withoutAddresses(message: string): string {
  return message
    .replaceAll(/\b(ENOTFOUND|EAI_AGAIN)\s+[\w.-]+/g, '$1')
    .replaceAll(ADDRESS, '')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}

/** An IPv4 or IPv6 address with or without a port, or a host with one. */
const ADDRESS =
  /(?<![\w.])(?:(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|\[[\da-f:.]+\](?::\d+)?|(?:[\da-f]{0,4}:){2,7}[\da-f]{1,4}(?::\d+)?|[a-z][\w.-]*:\d{2,5})(?![\w.])/gi;
