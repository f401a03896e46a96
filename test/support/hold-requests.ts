import { once } from 'node:events';
import { get } from 'node:http';
import { newId } from '#contracts/values/ids.ts';
import type { Handler } from '#platform/http/request-context.ts';

/** A handler that waits for the first request's client to leave, as one does that verifies a token. */
export function holdRequests() {
  const waits = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  let first = true;
  const handler: Handler = async (ctx, next) => {
    ctx.state.userId = newId();
    if (first) {
      first = false;
      const closed = once(ctx.res, 'close');
      waits.resolve();
      await closed;
      await next();
      left.resolve();
    } else {
      await next();
    }
  };
  return {
    handler,
    /** Sends a request whose client leaves while the handler waits; resolves when it has been dealt with. */
    async leaveMeanwhile(url: string, headers: Record<string, string> = {}): Promise<void> {
      const request = get(url, { agent: false, headers }).on('error', () => {});
      await waits.promise;
      request.destroy();
      await left.promise;
    },
  };
}
