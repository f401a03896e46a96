import { uuid } from '#contracts/http/wire.ts';
import { Problem } from '#platform/http/problem.ts';
import type { Handler } from '#platform/http/serve.ts';

/** IDENTITY=dev: whoever asks says who he is. For one's own machine, hence the gateway binds to loopback by default. */
export const devIdentity: Handler = async (ctx, next) => {
  const parsed = uuid.safeParse(ctx.get('X-User-Id'));
  if (!parsed.success) {
    throw new Problem('missing_identity', {
      detail: 'Say who you are: send X-User-Id with the UUID of a user.',
    });
  }
  ctx.state.userId = parsed.data;
  ctx.state.operator = true;
  await next();
};
