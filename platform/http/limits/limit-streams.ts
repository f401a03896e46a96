import { problems } from '#contracts/http/problems.ts';
import { capacity } from '../../process/capacity.ts';
import type { Handler } from '../request-context.ts';

interface LimitStreamsOptions {
  /** Aborts when the process receives the signal to stop. */
  readonly signal: AbortSignal;
  /** How many streams may be open at a time. */
  readonly most?: number;
}

/**
 * Refuses streams beyond a number, which is apart from that of requests: followers never take the place of an order.
 * While the process stops it refuses each, since a stream would end at once and its client would come back in a loop.
 * @throws Problem 503 with Retry-After
 */
export function limitStreams({ signal, most = capacity() }: LimitStreamsOptions): Handler {
  let open = 0;
  return async (ctx, next) => {
    if (signal.aborted) throw problems.stopping();
    if (open >= most) throw problems.noRoomForStream();
    // The client left while a handler before this one waited: `close` has been.
    if (ctx.res.closed) return;
    open += 1;
    ctx.res.once('close', () => {
      open -= 1;
    });
    await next();
  };
}
