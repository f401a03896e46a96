import type { reconcileRoute } from '#contracts/http/repair-api.ts';
import type { BodyOf, ReplyOf } from '#contracts/http/route-contract.ts';
import { beforeAllSince, FIRST_ID } from '#contracts/values/ids.ts';
import { reconcilePage } from '../reconcile/reconcile-page.ts';
import type { ReconcileOptions } from '../reconcile/reconcile-page.ts';
import { recordAction } from './actions.queries.ts';

/**
 * Reconciles a page of orders, and records of which orders events are reported again. A comparison changes nothing, so it
 * leaves no record.
 * @throws on an outage of a database
 */
export async function reconcileForOperator(
  options: ReconcileOptions,
  { since, cursor, dryRun, as, reason = '' }: BodyOf<typeof reconcileRoute>,
  actor: string,
): Promise<ReplyOf<typeof reconcileRoute>> {
  const first = since === undefined ? FIRST_ID : beforeAllSince(new Date(since));
  const { next, ...report } = await reconcilePage(options, {
    after: cursor ?? first,
    dryRun,
    beforeReporting: async (orderIds) =>
      recordAction(options.ordersDb, { actor, as, reason }, { action: 'report_again', orderIds }),
  });
  return { ...report, findings: [...report.findings], nextCursor: next };
}
