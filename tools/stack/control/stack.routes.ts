import Router from '@koa/router';
import {
  deliverTwiceRoute,
  faultRoute,
  getStackRoute,
  startLoadRoute,
  stopLoadRoute,
} from '#contracts/http/stack-api.ts';
import { requireUser } from '#platform/http/identity.ts';
import type { RequestState } from '#platform/http/request-context.ts';
import { bindRoute } from '#platform/http/route.ts';
import type { Journal } from '../processes/journal.ts';
import { deliverTwice } from './deliver-twice.ts';
import type { Faults } from './faults.ts';
import type { LoadControl } from './load-control.ts';

export interface StackRoutesOptions {
  readonly faults: Faults;
  readonly load: LoadControl;
  readonly journal: Journal;
  /** The orders database, as a role that may write its outbox. */
  readonly ordersUrl: string;
}

/** Each request is answered at once; its effects show in the state and the journal. */
export function stackRoutes({ faults, load, journal, ordersUrl }: StackRoutesOptions) {
  const router = new Router<RequestState>();
  router.use(requireUser);
  const state = () => ({
    body: { parts: faults.states(), load: load.state(), events: journal.events() },
  });
  bindRoute(router, getStackRoute, async () => state());
  bindRoute(router, faultRoute, async ({ body }) => {
    faults.injectFault(body);
    return state();
  });
  bindRoute(router, startLoadRoute, async ({ body }) => {
    load.start(body);
    return state();
  });
  bindRoute(router, stopLoadRoute, async () => {
    load.stop();
    return state();
  });
  bindRoute(router, deliverTwiceRoute, async ({ body }) => {
    const rows = await deliverTwice(ordersUrl, body.rows);
    journal.note('fault', `The last ${rows} rows of the outbox are delivered again.`);
    return { body: { rows } };
  });
  return router;
}
