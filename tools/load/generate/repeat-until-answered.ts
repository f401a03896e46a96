import { ApiProblem } from '#contracts/client/api-problem.ts';
import { pause } from '#platform/process/lifecycle.ts';
import { backOff } from '#platform/timing/back-off.ts';

/** In ms. A request that met an outage comes again soon, and at least every 2 s while the outage lasts. */
const BACK_OFF = { min: 50, max: 2_000 };

/** Nobody answered in time: what was asked for may or may not have been done. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(cause: unknown) {
    super('there was no answer in time', { cause });
  }
}

export interface Patience {
  /** How long an outage is waited out, in ms. */
  readonly patience: number;
  readonly signal: AbortSignal;
  readonly onRepeat?: (cause: unknown) => void;
}

/**
 * Makes a request again, with its Idempotency-Key, until the API has answered it: after a network error, while a part is
 * away (502, 503, 504), while the same key is being worked on (409), and when it asks to go slower (429).
 * @throws ApiProblem when it is refused; NoAnswer when patience runs out or the signal aborts
 */
export async function repeatUntilAnswered<Reply>(
  attempt: () => Promise<Reply>,
  { patience, signal, onRepeat }: Patience,
): Promise<Reply> {
  const deadline = performance.now() + patience;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error)) throw error;
      const wait = Math.max(backOff(failures, BACK_OFF), retryAfter(error));
      if (signal.aborted || performance.now() + wait > deadline) throw new NoAnswer(error);
      onRepeat?.(error);
      await pause(wait, signal);
      if (signal.aborted) throw new NoAnswer(error);
    }
  }
}

function retryAfter(error: unknown): number {
  return error instanceof ApiProblem ? (error.retryAfter ?? 0) : 0;
}

/** Whether asking again can help. What is neither a refusal nor the network's doing is a bug, and is not repeated. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiProblem) {
    return [429, 502, 503, 504].includes(error.status) || error.code === 'idempotency_key_in_flight';
  }
  return isNetworkError(error);
}

/** undici's own errors (UND_ERR_…) and those of the socket beneath; several addresses tried give an AggregateError. */
export function isNetworkError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isNetworkError);
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return /^(UND_ERR_(?!INVALID)|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/.test(code ?? '');
}
