import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { applyChange } from '../../api/order-cache.ts';
import { useCustomer } from '../../identity/customer-context.ts';
import { moneyText } from '../../money/money-text.ts';
import { ActionDialog } from './action-dialog.tsx';
import { useOrderAction } from './use-order-action.ts';

/**
 * Cancels an unpaid order, releases what is reserved, or refunds what is left of a paid one. It asks first, since none of
 * it can be undone.
 * @param left of what was paid, in minor units
 */
export function CancelOrder({ order, left }: { order: OrderReply; left: bigint }) {
  const customer = useCustomer();
  const queries = useQueryClient();
  const { isAsking, action, open, close, perform } = useOrderAction(
    'cancel-order',
    async (by, orderId: string, repeatable) => by.cancelOrder(orderId, repeatable),
    (changed) => applyChange(queries, customer, changed),
  );
  const words = wordsOf(order, left);
  return (
    <>
      {words.isOffered && (
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
        perform={() => perform(order.orderId, order.orderId)}
      />
    </>
  );
}

function wordsOf(order: OrderReply, left: bigint) {
  const { status, amount, currency } = order;
  const isAsked = order.cancelRequestedAt !== null;
  if (status === 'authorized') {
    const money = moneyText(amount, currency);
    return {
      isOffered: !isAsked && order.captureRequestedAt === null,
      button: 'Release…',
      title: 'Release what is reserved?',
      text: `The order will be cancelled, and ${money} will be available to you again. This cannot be undone.`,
      action: `Release ${money}`,
    };
  }
  const isPaid = status === 'paid';
  const money = moneyText(isPaid ? left : amount, currency);
  if (isPaid) {
    const isRest = left < order.amountCaptured;
    return {
      isOffered: !isAsked && left > 0n,
      button: isRest ? 'Refund the rest…' : 'Refund…',
      title: isRest ? 'Refund the rest of this order?' : 'Refund this order?',
      text: `${money} will be returned to your account. This cannot be undone.`,
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
        : `If it has not been paid by then, nothing is taken. If it has, ${money} will be returned to your account. This cannot be undone.`,
    action: 'Cancel order',
  };
}
