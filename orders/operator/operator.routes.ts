import Router from '@koa/router';
import { listOperatorActionsRoute } from '#contracts/http/operator-action.ts';
import { cancelForCustomerRoute, findOrdersRoute } from '#contracts/http/operator-orders-api.ts';
import type { Cursors } from '#platform/http/cursors.ts';
import { requireUser } from '#platform/http/identity.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import type { Database } from '../schema.ts';
import { cancelForCustomer } from './cancel-for-customer.ts';
import { findOrdersOfAll } from './find-orders.ts';
import { listActions } from './list-actions.ts';

export interface OperatorRoutesOptions {
  readonly db: Database;
  /** Called when the outbox has a new row. */
  readonly hint: () => void;
  readonly actionCursors: Cursors;
  readonly orderCursors: Cursors;
}

/** What an operator asks of the orders of all customers. The gateway has checked that the caller is an operator. */
export function operatorRoutes({ db, hint, actionCursors, orderCursors }: OperatorRoutesOptions) {
  const router = new Router<RequestState>();
  router.use(requireUser);

  bindRoute(router, findOrdersRoute, async ({ caller, query }) => {
    const cursor = orderCursors.verify(caller, query.cursor);
    return { body: orderCursors.sign(caller, await findOrdersOfAll(db, { ...query, cursor })) };
  });

  bindRoute(router, cancelForCustomerRoute, async ({ params, body, caller, trace }) => {
    const { reason, as } = body;
    const command = { ...params, actor: caller, as, reason, ...trace };
    return { body: await cancelForCustomer(db, command, hint) };
  });

  bindRoute(router, listOperatorActionsRoute, async ({ caller, query }) => {
    const cursor = actionCursors.verify(caller, query.cursor);
    return { body: actionCursors.sign(caller, await listActions(db, { ...query, cursor })) };
  });

  return router;
}
