import { ApiProblem } from '@gozon/client';
import { QueryClient } from '@tanstack/react-query';
import type { Query } from '@tanstack/react-query';

/**
 * A request is retried three times after a transient failure; a refusal is final. No request waits until the browser
 * reports that it is online, because on loopback the report may be wrong.
 */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: 5_000,
        retry: (failures, error) => failures < 3 && isTransient(error),
        retryDelay,
        refetchInterval: ({ state }) => (isStale(state) ? STALE_REFETCH_INTERVAL : false),
      },
      mutations: {
        networkMode: 'always',
        retry: (failures, error) => failures < 3 && isTransient(error),
        retryDelay,
      },
    },
  });
}

/** In ms. */
const STALE_REFETCH_INTERVAL = 5_000;

/** Data from before an outage. It is read again automatically, but a next page that failed waits for its button. */
function isStale({ data, error, fetchMeta }: Query['state']): boolean {
  return data !== undefined && error !== null && isTransient(error) && !fetchMeta?.fetchMore;
}

/** No answer, or one that reports an outage. The request may succeed later, or may have succeeded already. */
export function isTransient(error: unknown): boolean {
  return !(error instanceof ApiProblem) || error.status >= 500 || TRANSIENT_CODES.has(error.code);
}

const TRANSIENT_CODES = new Set(['rate_limited', 'idempotency_key_in_flight', 'request_timeout']);

/** In ms: the server's Retry-After, or doubling from 0.4 s. */
function retryDelay(failures: number, error: unknown): number {
  const asked = error instanceof ApiProblem ? error.retryAfter : undefined;
  return asked ?? 400 * 2 ** failures;
}
