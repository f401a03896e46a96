import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { applyChange, refetchCustomer } from '../../api/order-cache.ts';
import { useSignedIn } from '../../identity/customer-context.ts';
import { moneyText } from '../../money/money-text.ts';
import { ActionDialog } from './action-dialog.tsx';
import { useOrderAction } from './use-order-action.ts';

/**
 * Cancels an unpaid order, releases what is reserved, or refunds what is left of a paid one. It asks first, since none of
 * it can be undone. An operator may do so for another customer, and says why.
 * @param left of what was paid, in minor units
 */
export function CancelOrder({ order, left }: { order: OrderReply; left: bigint }) {
  const { customer, operator } = useSignedIn();
  const isOwn = order.userId === customer.userId;
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();
  const { isAsking, action, open, close, perform } = useOrderAction(
    'cancel-order',
    async (by, orderId: string, repeatable) =>
      isOwn
        ? by.cancelOrder(orderId, repeatable)
        : by.call(ROUTES.cancelForCustomer, { params: { orderId }, body: { reason: reason.trim() } }),
    (changed) => (isOwn ? applyChange(queries, customer, changed) : refetchCustomer(queries, customer)),
  );
  const cancel = () => {
    setTried(true);
    if (!isOwn && reason.trim() === '') return field.current?.focus();
    perform(order.orderId, order.orderId);
  };
  const words = wordsOf(order, left, isOwn ? 'you' : 'the customer');
  return (
    <>
      {words.isOffered && (isOwn || operator) && (
        <Button variant="default" onClick={open}>
          {words.button}
        </Button>
      )}
      <ActionDialog
        opened={isAsking}
        close={close}
        title={words.title}
        text={words.text}
        keep="Keep the order"
        words={words.action}
        color="red"
        action={action}
        perform={cancel}
      >
        {!isOwn && (
          <TextInput
            ref={field}
            label="Why"
            description="This is another customer’s order. Your reason is kept with your id."
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
            error={tried && reason.trim() === '' ? 'Say why' : undefined}
            maxLength={500}
            autoComplete="off"
            mb="sm"
          />
        )}
      </ActionDialog>
    </>
  );
}

function wordsOf(order: OrderReply, left: bigint, whom: string) {
  const { status, amount, currency } = order;
  const isAsked = order.cancelRequestedAt !== null;
  if (status === 'authorized') {
    const money = moneyText(amount, currency);
    return {
      isOffered: !isAsked && order.captureRequestedAt === null,
      button: 'Release…',
      title: 'Release what is reserved?',
      text: `The order will be cancelled, and ${money} will be available to ${whom} again. This cannot be undone.`,
      action: `Release ${money}`,
    };
  }
  const isPaid = status === 'paid';
  const money = moneyText(isPaid ? left : amount, currency);
  if (isPaid) {
    const isRest = left < order.amountCaptured;
    return {
      isOffered: !isAsked && left > 0n,
      button: isRest ? 'Refund the rest…' : 'Refund all…',
      title: isRest ? 'Refund the rest of this order?' : 'Refund all of this order?',
      text: `${money} will be returned to ${whom}. This cannot be undone.`,
      action: `Refund ${money}`,
    };
  }
  return {
    isOffered: !isAsked && status === 'created',
    button: 'Cancel order…',
    title: 'Cancel this order?',
    text:
      order.captureMethod === 'manual'
        ? `If ${money} is reserved by then, it is released. This cannot be undone.`
        : `If it has not been paid by then, nothing is taken. If it has, ${money} will be returned to ${whom}. This cannot be undone.`,
    action: 'Cancel order',
  };
}
