import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { problems } from '#contracts/http/problems.ts';

interface LimitTimelinesOptions {
  /** Timelines a window that one user may ask for; an open page of the dashboard asks for one a second. */
  readonly ofUser?: number;
  /** And all together, of this copy. */
  readonly ofAll?: number;
  /** In s. */
  readonly window?: number;
}

/**
 * A small share for timelines: each asks Temporal twice for each of up to three workflows. When each asked four times, 50 a
 * second made others' orders take five times as long to be decided.
 * @returns called with the user before each timeline
 * @throws Problem 429 for a user who asks too often, 503 when all together do, both with Retry-After
 */
export function limitTimelines({ ofUser = 5, ofAll = 20, window = 1 }: LimitTimelinesOptions = {}) {
  const users = new RateLimiterMemory({ points: ofUser, duration: window });
  const all = new RateLimiterMemory({ points: ofAll, duration: window });
  return async (userId: string): Promise<void> => {
    const ofThis = await consume(users, userId);
    if (ofThis.consumedPoints > ofUser) {
      throw problems.rateLimited(ofUser / window, Math.max(1, Math.ceil(ofThis.msBeforeNext / 1_000)));
    }
    if ((await consume(all, '')).consumedPoints > ofAll) throw problems.tooManyRequests();
  };
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes> {
  return limiter.consume(key).catch((refused: unknown) => {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    return refused;
  });
}
