import { createFairLimit } from '@gozon/timing';
import { problems } from '#contracts/http/problems.ts';

/** Reads a page of an export when it is its user's turn. @throws Problem 503 when the process stops */
export type Turns = <Result>(userId: string, read: () => Promise<Result>) => Promise<Result>;

/**
 * Two pages are read at a time, one of a user, so that exports leave the database's sessions to other requests.
 * @param signal aborts when the process receives the signal to stop
 */
export function takeTurns(signal: AbortSignal): Turns {
  const limit = createFairLimit({ most: 2, each: 1 });
  return async (userId, read) => {
    const page = await limit.run(userId, async () => ({ read: await read() }), signal);
    if (!page) throw problems.stopping();
    return page.read;
  };
}
