import { problems } from '#contracts/http/problems.ts';
import { capacity } from '../../process/capacity.ts';
import type { Handler } from '../request-context.ts';

/**
 * Refuses requests for files while as many replies are under way, by default half as many as there may be requests, since
 * each costs more: 70 to 87 kB, measured in a container of 256 MiB with clients that requested 1.7 MB and read nothing.
 * 2,000 of them ended it for memory. The server ends a reply of which nothing is read for long.
 * @throws Problem 503 with Retry-After
 */
export function limitReplies({ most = Math.floor(capacity() / 2) }: { most?: number } = {}): Handler {
  let underWay = 0;
  return async (ctx, next) => {
    if (underWay >= most) throw problems.tooManyRequests();
    // The client left while a handler before this one waited: `close` has been.
    if (ctx.res.closed) return;
    underWay += 1;
    ctx.res.once('close', () => {
      underWay -= 1;
    });
    await next();
  };
}
