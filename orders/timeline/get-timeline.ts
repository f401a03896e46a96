import type { DecisionReply } from '#contracts/http/decisions-api.ts';
import type { TimelineReply } from '#contracts/http/orders-api.ts';
import { MOST_RUNS } from '#contracts/http/runs-api.ts';
import type { RunsReply } from '#contracts/http/runs-api.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { cancelWorkflowId, paymentWorkflowId, refundWorkflowId } from '#contracts/values/workflow-ids.ts';
import type { Logger } from '#platform/process/logger.ts';
import { getOrder } from '../order/get-orders.ts';
import type { OrderReader } from '../order/get-orders.ts';
import type { Database } from '../schema.ts';
import type { KnownOrder } from './reported-by.ts';
import type { ServiceClient } from './service-client.ts';
import { ofAction, ofEvent, ofOutbox, ofPayments, ofRun } from './timeline-entries.ts';
import { findActionRows, findEventRows, findOutboxRows, findRefundRows } from './timeline.queries.ts';

/**
 * Everything that happened to one order, in time; what operators did only to a reader of all orders. `missing` names each component that does not answer now.
 * @throws Problem 404 `order_not_found`
 */
export async function getTimeline(
  deps: {
    db: Database;
    askPayments: ServiceClient<DecisionReply>;
    askWorkflows: ServiceClient<RunsReply>;
  },
  request: TraceContext & { reader: OrderReader; orderId: string; requestId: string; log: Logger },
): Promise<TimelineReply> {
  const { log, reader, ...asked } = request;
  const { orderId } = asked;
  const [order, refunds] = await Promise.all([
    getOrder(deps.db, reader, orderId),
    findRefundRows(deps.db, orderId),
  ]);
  // The other services answer about an order to its customer.
  const { userId } = order;
  const known = { order, refunds };
  const missing: TimelineReply['missing'] = [];
  const ask = async <Reply>(...[component, service, query]: Question<Reply>) =>
    service({ ...asked, userId }, query).catch((error: unknown) => {
      log.warn({ err: error, orderId }, `${component} could not be asked for a timeline`);
      missing.push({ component, reason: 'It cannot be asked now; try again in a moment.' });
      return undefined;
    });
  const [actions, outbox, events, payments, workflows] = await Promise.all([
    reader.readsAll ? findActionRows(deps.db, orderId) : [],
    findOutboxRows(deps.db, orderId),
    findEventRows(deps.db, orderId),
    ask('payments', deps.askPayments),
    ask('temporal', deps.askWorkflows, { workflowIds: workflowsOf(known).join(',') }),
  ]);
  const entries = [
    ...actions.map(ofAction),
    ...outbox.flatMap((row) => ofOutbox(orderId, row)),
    ...events.flatMap((row) => ofEvent(row, known)),
    ...(payments ? ofPayments(payments) : []),
    ...(workflows?.runs.flatMap(ofRun) ?? []),
  ];
  return {
    orderId,
    workflowId: paymentWorkflowId(orderId),
    entries: entries.toSorted((one, other) => one.at.localeCompare(other.at)),
    missing,
  };
}

type Question<Reply> = [
  component: string,
  service: ServiceClient<Reply>,
  query?: Readonly<Record<string, string>>,
];

/** Of its payment, its cancel if one was asked for, and its newest refunds: as many as Temporal may be asked for. */
function workflowsOf({ order: { orderId, cancelRequestedAt }, refunds }: KnownOrder): string[] {
  const newest = refunds.flatMap(({ refundId }) => (refundId === orderId ? [] : refundWorkflowId(refundId)));
  return [
    paymentWorkflowId(orderId),
    ...(cancelRequestedAt === null ? [] : [cancelWorkflowId(orderId)]),
    ...newest,
  ].slice(0, MOST_RUNS);
}
