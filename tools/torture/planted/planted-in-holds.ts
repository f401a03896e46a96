import type { Patch, PlantedBug } from './plant-bug.ts';
import {
  captureAfterTheEnd,
  captureBeyondTheHold,
  capturePart,
  captureRejected,
  forgeCapture,
  refundBeyondTheCapture,
  releaseAgain,
} from './provoke-holds.ts';

const payments = 'payments/migrations/0007-holds.ts';
/** The present close_hold() and cancel_payment(). */
const ends = 'payments/migrations/0009-find-holds-by-id.ts';
const orders = 'orders/migrations/0013-holds.ts';
const workflow = 'workflows/payment/hold-payment.ts';

/** The index would turn a second debit, capture, release or refund into an error. */
export const withoutIndex: Patch = {
  file: payments,
  from: `create unique index one_step_an_order on postings (order_id, kind, account, refund_id) nulls not distinct`,
  to: `create index one_step_an_order on postings (order_id, kind, account, refund_id)`,
};

/** What other payment systems got wrong. Some have two guards, of orders and of payments, and both are missing then. */
export const BUGS_OF_HOLDS: readonly PlantedBug[] = [
  {
    name: 'voided twice: a release that is repeated gives the money back again',
    patches: [
      withoutIndex,
      { file: payments, from: ' check (held >= 0)', to: '' },
      {
        file: ends,
        from: 'where order_id = p_order_id and num_nulls(closed_at) = 1\n        returning',
        to: 'where order_id = p_order_id\n        returning',
      },
      {
        file: ends,
        from: 'if exists (select from holds where order_id = p_order_id and num_nulls(closed_at) = 1) then',
        to: 'if exists (select from holds where order_id = p_order_id) then',
      },
    ],
    provoke: releaseAgain,
    breaks: 'I14',
  },
  {
    name: 'captured above the hold',
    patches: [
      { file: orders, from: 'if p_amount > v_order.amount then', to: 'if false then' },
      {
        file: orders,
        from: 'check (capture_requested between 1 and amount and',
        to: 'check (capture_requested > 0 and',
      },
      {
        file: orders,
        from: 'check (amount_captured between 1 and amount)',
        to: 'check (amount_captured > 0)',
      },
      { file: payments, from: 'check (captured between 0 and amount)', to: 'check (captured >= 0)' },
      {
        file: payments,
        from: 'if p_capture not between 1 and v_hold.amount or ',
        to: 'if p_capture < 1 or ',
      },
    ],
    provoke: captureBeyondTheHold,
    breaks: 'I14',
  },
  {
    name: 'a rejected hold captured',
    patches: [
      { file: orders, from: `        when v_order.status <> 'authorized' then v_order.status\n`, to: '' },
      {
        file: workflow,
        from: 'if (captureBefore === undefined) {',
        to: 'if (captureBefore === undefined && !asked.capture) {',
      },
      {
        file: workflow,
        from: '(await untilClosed(captureBefore))',
        to: 'await (asked.capture ? captureHold(asked.capture) : untilClosed(captureBefore))',
      },
      {
        file: payments,
        from: `      if found and v_hold.closed_at is null then
        if p_capture`,
        to: `      if not found then
        update accounts set balance = balance - p_capture where user_id = p_user_id;
        perform post_transfer('debit', p_user_id, p_order_id, -p_capture, 'sales',
          (select balance from accounts where user_id = p_user_id));
      elsif v_hold.closed_at is null then
        if p_capture`,
      },
    ],
    provoke: captureRejected,
    breaks: 'I5',
  },
  {
    name: 'money captured after expiry',
    patches: [
      { file: orders, from: `        when v_now >= v_order.capture_before then 'expired'\n`, to: '' },
      { file: payments, from: ' or p_requested_at >= v_hold.capture_before then', to: ' then' },
    ],
    provoke: captureAfterTheEnd,
    breaks: 'I5',
  },
  {
    name: 'the rest is not released after a part',
    patches: [
      {
        file: ends,
        from: 'balance = balance + v_hold.amount - p_captured, version',
        to: 'balance = balance + case when p_captured > 0 then 0 else v_hold.amount end, version',
      },
      {
        file: ends,
        from: 'if p_captured < v_hold.amount then',
        to: 'if p_captured = 0 then',
      },
    ],
    provoke: capturePart,
    breaks: 'I14',
  },
  {
    name: 'a closed hold that still counts in what is held',
    patches: [{ file: ends, from: 'set held = held - v_hold.amount, balance', to: 'set balance' }],
    provoke: capturePart,
    breaks: 'I13',
  },
  {
    name: 'a refund above what was captured',
    patches: [
      { file: orders, from: 'if p_amount > refundable_of(v_order) then', to: 'if false then' },
      { file: payments, from: 'if p_amount > v_left then', to: 'if false then' },
    ],
    provoke: refundBeyondTheCapture,
    breaks: 'I15',
  },
  {
    name: 'no signature: a signal that anybody sends captures a hold',
    patches: [
      { file: payments, from: 'if not is_signed(p_message,', to: 'if false and not is_signed(p_message,' },
    ],
    provoke: forgeCapture,
    breaks: 'I5',
  },
];
