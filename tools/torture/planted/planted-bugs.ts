import type { PlantedBug } from './plant-bug.ts';
import { BUGS_OF_HOLDS, withoutIndex } from './planted-in-holds.ts';
import {
  cancelAgain,
  crowdOneAccount,
  dieApplying,
  dieMarking,
  dispatchAgain,
  forgeCancel,
  overspend,
  reorderReports,
} from './provoke.ts';

const ledger = 'payments/migrations/0001-ledger.ts';
/** The present debit(). */
const payments = 'payments/migrations/0006-repeated-orders.ts';
/** Refunds in parts. */
const holds = 'payments/migrations/0007-holds.ts';
const signatures = 'payments/migrations/0005-signatures.ts';

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'no inbox: a debit that is repeated takes the money again',
    patches: [withoutIndex, { file: payments, from: 'v_new := found;', to: 'v_new := true;' }],
    provoke: dispatchAgain,
    breaks: 'I3',
  },
  {
    name: 'no guard: an event is applied whatever the order has come to',
    patches: [
      {
        file: 'orders/payment-events/payment-events.queries.ts',
        from: 'least(free.refunded + ',
        to: 'least(',
      },
    ],
    provoke: reorderReports,
    breaks: 'I6',
  },
  {
    name: 'no guard: an account is debited whatever is in it',
    patches: [
      {
        file: payments,
        from: `          when v_account.balance < p_amount then 'insufficient_funds'\n`,
        to: '',
      },
      { file: ledger, from: ' check (balance >= 0)', to: '' },
    ],
    provoke: overspend,
    breaks: 'I1',
  },
  {
    name: 'a row is marked before its workflow is started',
    patches: [
      {
        file: 'packages/temporal-outbox/src/relay.ts',
        from: '  const result = await dispatch(relay, row);',
        to: `  await markDispatched({ outboxId, sweeps, runId: null, startedEagerly: null });
  const result = await dispatch(relay, row);`,
      },
    ],
    provoke: dieMarking,
    breaks: 'I7',
  },
  {
    name: 'offsets are committed before what was read is applied',
    patches: [
      {
        file: 'platform/kafka/consumer.ts',
        from: '  const messages = messagesOf(batch);',
        to: `  const messages = messagesOf(batch);
  payload.resolveOffset(batch.lastOffset());
  await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());`,
      },
    ],
    provoke: dieApplying,
    breaks: 'I7',
  },
  {
    name: 'a balance is read, then written',
    patches: [
      {
        file: payments,
        from: 'where user_id = p_user_id for update;\n      v_reason',
        to: 'where user_id = p_user_id;\n      v_reason',
      },
      {
        file: payments,
        from: 'update accounts set balance = balance - p_amount',
        to: 'update accounts set balance = v_account.balance - p_amount',
      },
    ],
    provoke: crowdOneAccount,
    breaks: 'I1',
  },
  {
    name: 'a refund without a cap: one that is repeated gives the money again',
    patches: [
      withoutIndex,
      { file: holds, from: 'if found then\n        if (v_refund', to: 'if false then\n        if (v_refund' },
      { file: holds, from: 'if p_amount > v_left then', to: 'if false then' },
      {
        file: holds,
        from: `from refunds where order_id = p_order_id;\n      update accounts`,
        to: `from refunds where order_id = p_order_id on conflict do nothing;\n      update accounts`,
      },
    ],
    provoke: cancelAgain,
    breaks: 'I3',
  },
  {
    name: 'no signature: a workflow that anybody starts refunds an order',
    patches: [{ file: signatures, from: 'if not is_signed(', to: 'if false and not is_signed(' }],
    provoke: forgeCancel,
    breaks: 'I5',
  },
  ...BUGS_OF_HOLDS,
];
