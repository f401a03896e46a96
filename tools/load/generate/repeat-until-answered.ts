import { ApiProblem, ForeignRefusal } from '@gozon/client';
import { backOff, pause } from '@gozon/timing';

/** In ms. A request is repeated soon after a failure, and at least every 2 s while an outage lasts. */
const BACK_OFF = { min: 50, max: 2_000 };

/** No answer came in time, so the request may or may not have been carried out. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(cause: unknown) {
    super('there was no answer in time', { cause });
  }
}

export interface RepeatOptions {
  /** How long a request is repeated during an outage, in ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly onRepeat?: (cause: unknown) => void;
}

/**
 * Repeats a request, with its Idempotency-Key, until the API has answered it: after a network error, while a service is
 * unavailable (502, 503, 504), while the same key is in flight (409), and when the rate limit refuses it (429).
 * @throws ApiProblem when it is refused; NoAnswer after the timeout or the signal aborts
 */
export async function repeatUntilAnswered<Reply>(
  attempt: () => Promise<Reply>,
  { timeout, signal, onRepeat }: RepeatOptions,
): Promise<Reply> {
  const deadline = performance.now() + timeout;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error)) throw error;
      const wait = Math.max(backOff(failures, BACK_OFF), retryAfter(error));
      if (signal.aborted || performance.now() + wait > deadline) throw new NoAnswer(error);
      onRepeat?.(error);
      await pause(wait, signal);
      if (signal.aborted) throw new NoAnswer(error);
    }
  }
}

function retryAfter(error: unknown): number {
  return isRefusal(error) ? (error.retryAfter ?? 0) : 0;
}

function isRefusal(error: unknown): error is ApiProblem | ForeignRefusal {
  return error instanceof ApiProblem || error instanceof ForeignRefusal;
}

/** Whether a repeat can help. An error that is neither a refusal nor the network's is a bug, and is not repeated. */
function isTransient(error: unknown): boolean {
  if (error instanceof ApiProblem && error.code === 'idempotency_key_in_flight') return true;
  if (isRefusal(error)) return [429, 502, 503, 504].includes(error.status);
  return isNetworkError(error);
}

/** undici's own errors (UND_ERR_…) and those of the socket beneath; several addresses give an AggregateError. */
export function isNetworkError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isNetworkError);
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return /^(UND_ERR_(?!INVALID)|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/.test(code ?? '');
}
