import Router from '@koa/router';
import {
  exportStatementRoute,
  getAccountRoute,
  getStatementRoute,
  listAccountsRoute,
  openAccountRoute,
  topUpRoute,
} from '#contracts/http/payments-api.ts';
import type { Cursors } from '#platform/http/cursors.ts';
import { requireUser } from '#platform/http/identity.ts';
import { limitStreams } from '#platform/http/limits/limit-streams.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import { routerPath } from '#platform/http/router-path.ts';
import type { Database } from '../schema.ts';
import type { Turns } from '../take-turns.ts';
import { exportStatement } from './export-statement.ts';
import { getAccount } from './get-account.ts';
import { getStatement } from './get-statement.ts';
import { listAccounts } from './list-accounts.ts';
import { openAccount } from './open-account.ts';
import { topUpAccount } from './top-up-account.ts';

/** The accounts API. Everything is the caller's own. */
export function accountsRoutes({
  db,
  currency,
  cursors,
  turns,
  signal,
}: {
  db: Database;
  currency: string;
  cursors: Cursors;
  /** Of the exports. */
  turns: Turns;
  /** Aborts when the process receives the signal to stop. */
  signal: AbortSignal;
}) {
  const router = new Router<RequestState>();
  router.use(requireUser);

  bindRoute(router, openAccountRoute, async ({ body, caller, idempotency }) => {
    const wanted = { userId: caller, currency: body.currency ?? currency, shopCurrency: currency };
    const { reply, replayed } = await openAccount(db, { ...wanted, idempotency });
    return { body: reply, replayed };
  });

  bindRoute(router, listAccountsRoute, async ({ caller }) => ({
    body: { items: await listAccounts(db, caller) },
  }));

  bindRoute(router, topUpRoute, async ({ body, caller, idempotency }) => {
    const { reply, replayed } = await topUpAccount(db, { userId: caller, amount: body.amount, idempotency });
    return { body: reply, replayed };
  });

  bindRoute(router, getAccountRoute, async ({ caller }) => {
    const account = await getAccount(db, caller);
    return { body: account, headers: { ETag: `"${account.version}"` } };
  });

  bindRoute(router, getStatementRoute, async ({ caller, query }) => {
    const cursor = cursors.verify(caller, query.cursor);
    return { body: cursors.sign(caller, await getStatement(db, { userId: caller, ...query, cursor })) };
  });

  router.use(routerPath(exportStatementRoute.path), limitStreams({ signal }));
  bindRoute(router, exportStatementRoute, async ({ caller }) => ({
    body: await exportStatement(db, caller, turns),
    headers: { 'Content-Disposition': 'attachment; filename="statement.csv"' },
  }));

  return router;
}
