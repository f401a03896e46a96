import Router from '@koa/router';
import { openAccountBody, topUpBody } from '#contracts/payments-api.ts';
import type { Kysely } from '#platform/database.ts';
import { sendJson } from '#platform/http-server.ts';
import type { RequestState } from '#platform/http-server.ts';
import { readIdempotency, sendRepeatable } from '#platform/idempotency.ts';
import { callerOf, readBody, requireSelf, requireUser, uuidParameter } from '#platform/request-input.ts';
import { getAccount } from './find-account.ts';
import { openAccount } from './open-account.ts';
import type { PaymentsTables } from './schema.ts';
import { topUpAccount } from './top-up-account.ts';

/** The accounts API. Everything is the caller's own: whoever names another user is refused. */
export function accountsRoutes({ db, currency }: { db: Kysely<PaymentsTables>; currency: string }) {
  const router = new Router<RequestState>({ prefix: '/api/payments/accounts' });
  router.use(requireUser);

  router.post('/', async (ctx) => {
    const body = await readBody(ctx, openAccountBody);
    requireSelf(ctx, body.userId);
    const command = { userId: callerOf(ctx), currency: body.currency ?? currency, shopCurrency: currency };
    const idempotency = readIdempotency(ctx, ['open account', command.currency]);
    sendRepeatable(ctx, 201, await openAccount(db, { ...command, idempotency }));
  });

  router.get('/:userId', async (ctx) => {
    requireSelf(ctx, uuidParameter('userId', ctx.params['userId']));
    const account = await getAccount(db, callerOf(ctx));
    ctx.set('ETag', `"${account.version}"`);
    sendJson(ctx, 200, account);
  });

  router.post('/:userId/top-up', async (ctx) => {
    requireSelf(ctx, uuidParameter('userId', ctx.params['userId']));
    const { amount } = await readBody(ctx, topUpBody);
    const idempotency = readIdempotency(ctx, ['top up', amount]);
    sendRepeatable(ctx, 200, await topUpAccount(db, { userId: callerOf(ctx), amount, idempotency }));
  });

  return router;
}
