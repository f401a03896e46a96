import * as orders from './migrations/0001-orders.ts';
import * as orderStream from './migrations/0002-order-stream.ts';
import * as cancel from './migrations/0003-cancel.ts';
import * as flow from './migrations/0004-flow.ts';
import * as repair from './migrations/0005-repair.ts';
import * as cancelTime from './migrations/0006-cancel-time.ts';
import * as workflowOutbox from './migrations/0007-workflow-outbox.ts';
import * as ordersByStatus from './migrations/0008-orders-by-status.ts';
import * as outboxTurns from './migrations/0009-outbox-turns.ts';
import * as signatures from './migrations/0010-signatures.ts';
import * as repeatsAfterRestore from './migrations/0011-repeats-after-restore.ts';
import * as positionFrom from './migrations/0012-position-from.ts';
import * as holds from './migrations/0013-holds.ts';
import * as tracestate from './migrations/0014-tracestate.ts';
import * as operatorActions from './migrations/0015-operator-actions.ts';

/** In order; kysely applies those that the database does not have yet. */
export const ordersMigrations = {
  '0001-orders': orders,
  '0002-order-stream': orderStream,
  '0003-cancel': cancel,
  '0004-flow': flow,
  '0005-repair': repair,
  '0006-cancel-time': cancelTime,
  '0007-workflow-outbox': workflowOutbox,
  '0008-orders-by-status': ordersByStatus,
  '0009-outbox-turns': outboxTurns,
  '0010-signatures': signatures,
  '0011-repeats-after-restore': repeatsAfterRestore,
  '0012-position-from': positionFrom,
  '0013-holds': holds,
  '0014-tracestate': tracestate,
  '0015-operator-actions': operatorActions,
};
