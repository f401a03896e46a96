import Router from '@koa/router';
import { exportSettlementsRoute } from '#contracts/http/settlement-api.ts';
import { requireUser } from '#platform/http/identity.ts';
import { limitStreams } from '#platform/http/limits/limit-streams.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import type { Database } from '../schema.ts';
import type { Turns } from '../take-turns.ts';
import { exportSettlements } from './export-settlements.ts';

/** What was settled, of all customers. The gateway has checked that the caller is a merchant or an operator. */
export function settlementRoutes({ db, turns, signal }: { db: Database; turns: Turns; signal: AbortSignal }) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  router.use(exportSettlementsRoute.path, limitStreams({ signal }));
  bindRoute(router, exportSettlementsRoute, async ({ caller, query }) => {
    const to = query.to === undefined ? new Date() : new Date(query.to);
    const period = { caller, from: new Date(query.from), to };
    return {
      body: exportSettlements(db, period, turns),
      headers: { 'Content-Disposition': 'attachment; filename="settled-orders.csv"' },
    };
  });
  return router;
}
