import { paymentWorkflowId } from '../../values/workflow-ids.ts';
import { EXAMPLE_IDS } from './example.ts';
import type { Examples } from './example.ts';

const { userId, orderId } = EXAMPLE_IDS;

const created = {
  orderId,
  userId,
  amount: 1999,
  currency: '{currency}',
  currencyDigits: '{currencyDigits}',
  description: 'A book',
  status: 'created',
  statusCode: 0,
  captureMethod: 'automatic',
  captureBefore: null,
  captureRequestedAt: null,
  amountCapturable: 0,
  amountCaptured: 0,
  amountRefunded: 0,
  failureReason: null,
  cancelRequestedAt: null,
  cancellationReason: null,
  createdAt: '2026-11-22T21:04:36.889Z',
  updatedAt: '2026-11-22T21:04:36.889Z',
};
const paid = {
  ...created,
  status: 'paid',
  statusCode: 1,
  amountCaptured: 1999,
  updatedAt: '2026-11-22T21:04:36.921Z',
};
const refund = {
  refundId: '9f21c6d0-4b57-8e3a-8c1d-2e7f5a9b0c44',
  orderId,
  amount: 500,
  currency: '{currency}',
  currencyDigits: '{currencyDigits}',
  reason: 'A page is missing',
  status: 'pending',
  createdAt: '2026-11-22T21:06:40.318Z',
  refundedAt: null,
};
const refunded = { ...refund, status: 'succeeded', refundedAt: '2026-11-22T21:06:40.341Z' };
const cancelling = {
  ...paid,
  amountRefunded: 500,
  cancelRequestedAt: '2026-11-22T21:09:12.104Z',
  updatedAt: '2026-11-22T21:09:12.104Z',
};
/** The same order, had it been placed with `captureMethod: manual`. */
const capturing = {
  ...created,
  status: 'authorized',
  statusCode: 5,
  captureMethod: 'manual',
  captureBefore: '2026-11-29T21:04:36.908Z',
  captureRequestedAt: '2026-11-23T08:15:02.664Z',
  updatedAt: '2026-11-23T08:15:02.664Z',
};

const placed = '2026-11-22T21:04:36.889Z';
const debitedAt = '2026-11-22T21:04:36.908Z';
const applied = '2026-11-22T21:04:36.921Z';
const traceparent = '00-e5982146e280be3506b651399bdf38b7-c33038c2d8ac7d7e-01';
const runId = '01a20513-3e1f-7ae8-8a0f-4f38d05f90ec';
const reported = { type: 'payment.completed', amount: 1999 };
const timeline = {
  orderId,
  workflowId: paymentWorkflowId(orderId),
  entries: [
    {
      at: placed,
      component: 'http',
      what: 'order_placed',
      detail: { method: 'POST', path: '/api/orders', traceparent },
    },
    {
      at: placed,
      until: '2026-11-22T21:04:36.899Z',
      component: 'outbox',
      what: 'written',
      detail: { kind: 'pay', traceparent },
    },
    { at: placed, component: 'orders', what: 'status_changed', detail: { status: 'created' } },
    {
      at: '2026-11-22T21:04:36.895Z',
      until: '2026-11-22T21:04:36.919Z',
      component: 'temporal',
      what: 'workflow_run',
      detail: { workflowId: paymentWorkflowId(orderId), runId, type: 'payOrder', status: 'completed' },
    },
    {
      at: '2026-11-22T21:04:36.899Z',
      component: 'relay',
      what: 'workflow_started',
      detail: { kind: 'pay', attempts: 1, lastError: null, runId, startedEagerly: true },
    },
    {
      at: '2026-11-22T21:04:36.906Z',
      until: '2026-11-22T21:04:36.910Z',
      component: 'worker',
      what: 'debit',
      detail: {
        workflowId: paymentWorkflowId(orderId),
        name: 'debit',
        local: true,
        attempts: 1,
        lastFailure: null,
      },
    },
    {
      at: debitedAt,
      component: 'payments',
      what: 'decided',
      detail: { outcome: 'completed', reason: null },
    },
    {
      at: debitedAt,
      component: 'ledger',
      what: 'posted',
      detail: { kind: 'debit', account: 'customer', amount: -1999 },
    },
    {
      at: debitedAt,
      component: 'ledger',
      what: 'posted',
      detail: { kind: 'debit', account: 'sales', amount: 1999 },
    },
    {
      at: applied,
      component: 'kafka',
      what: 'event_consumed',
      detail: {
        eventId: `${orderId}/decision`,
        ...reported,
        topic: 'payment-status.v1',
        partition: 5,
        offset: '1041',
      },
    },
    {
      at: applied,
      until: applied,
      component: 'consumer',
      what: 'event_applied',
      detail: {
        eventId: `${orderId}/decision`,
        ...reported,
        group: 'orders.payment-status',
        partition: 5,
        offset: '1041',
        status: 'paid',
      },
    },
    { at: applied, component: 'orders', what: 'status_changed', detail: { status: 'paid' } },
  ],
  missing: [],
};

export const ordersExamples: Examples = {
  placeOrder: { body: { amount: 1999, description: 'A book' }, reply: created },
  listOrders: { reply: { items: [paid], nextCursor: null } },
  getOrder: { reply: paid },
  followOrders: { reply: { event: 'order', id: '789', data: JSON.stringify(created) } },
  getTimeline: { reply: timeline },
  cancelOrder: { reply: cancelling },
  captureOrder: { body: { amount: 1500 }, reply: capturing },
  refundOrder: { body: { amount: 500, reason: 'A page is missing' }, reply: refund },
  findOrders: { reply: { items: [paid], nextCursor: null } },
  cancelForCustomer: { body: { reason: 'The customer asked by phone', as: 'Ada' }, reply: cancelling },
  listRefunds: { reply: { items: [refunded] } },
};
