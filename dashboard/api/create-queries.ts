import { QueryClient } from '@tanstack/react-query';
import type { Query } from '@tanstack/react-query';
import { ApiProblem } from '#contracts/client/api-problem.ts';

/**
 * Reads are repeated three times while a part is away; a refusal is final. Nothing waits for the browser to believe that
 * it is online: on loopback it may be wrong.
 */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: 5_000,
        retry: (failures, error) => failures < 3 && isPassing(error),
        retryDelay: pauseBefore,
        refetchInterval: ({ state }) => (isStale(state) ? LOOK_AGAIN : false),
      },
      mutations: {
        networkMode: 'always',
        retry: (failures, error) => failures < 3 && isPassing(error),
        retryDelay: pauseBefore,
      },
    },
  });
}

/** In ms. */
const LOOK_AGAIN = 5_000;

/** Shown as it was known before a part went away: it is read again by itself. A page that did not follow waits for its button. */
function isStale({ data, error, fetchMeta }: Query['state']): boolean {
  return data !== undefined && error !== null && isPassing(error) && !fetchMeta?.fetchMore;
}

/** No answer, or one that says that a part is away: what was asked for may be done later, or may have been done. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof ApiProblem) || error.status >= 500 || PASSING.has(error.code);
}

const PASSING = new Set(['rate_limited', 'idempotency_key_in_flight', 'request_timeout']);

/** In ms: what the server asks for, else doubling from 0.4 s. */
function pauseBefore(failures: number, error: unknown): number {
  const asked = error instanceof ApiProblem ? error.retryAfter : undefined;
  return asked ?? 400 * 2 ** failures;
}
