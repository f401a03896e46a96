import { Button, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { keys } from '../../api/order-cache.ts';
import { useSignedIn } from '../../identity/customer-context.ts';
import { AmountInput } from '../../money/amount-input.tsx';
import { moneyText } from '../../money/money-text.ts';
import { parseAtMost } from '../../money/parse-amount.ts';
import { ActionDialog } from './action-dialog.tsx';
import { useOrderAction } from './use-order-action.ts';

interface Refund {
  readonly orderId: string;
  readonly amount: bigint;
  readonly reason: string;
}

/** For merchants: gives back a part of what was paid. @param left of it, in minor units */
export function RefundPart({ order, left }: { order: OrderReply; left: bigint }) {
  const { customer, merchant } = useSignedIn();
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const { orderId, currency } = order;
  const { isAsking, action, open, close, perform } = useOrderAction(
    'refund-order',
    async (by, { orderId: id, amount, reason: why }: Refund, repeatable) =>
      by.refundOrder(id, { amount, ...(why && { reason: why }) }, repeatable),
    () => {
      for (const key of [keys.refunds(customer.userId, orderId), keys.timeline(customer.userId, orderId)]) {
        void queries.invalidateQueries({ queryKey: key });
      }
      setText('');
      setReason('');
      setTried(false);
    },
  );
  const parsed = parseAtMost(text, left, currency, 'which is left');
  const amount = 'amount' in parsed ? parsed.amount : undefined;
  const refund = () => {
    setTried(true);
    if (amount === undefined) return field.current?.focus();
    const details = { orderId, amount, reason: reason.trim() };
    perform(`${orderId} ${amount} ${details.reason}`, details);
  };
  return (
    <>
      {merchant && order.status === 'paid' && order.cancelRequestedAt === null && left > 0n && (
        <Button variant="default" onClick={open}>
          Refund a part…
        </Button>
      )}
      <ActionDialog
        opened={isAsking}
        close={close}
        title="Refund a part of this order?"
        text="It will be returned to the account that paid. This cannot be undone."
        keep="Keep the payment"
        words={amount === undefined ? 'Refund' : `Refund ${moneyText(amount, currency)}`}
        color="red"
        action={action}
        perform={refund}
      >
        <Stack gap="sm" mb="sm">
          <AmountInput
            ref={field}
            label="Amount to refund"
            text={text}
            setText={setText}
            error={tried && 'error' in parsed ? parsed.error : undefined}
            description={`At most ${moneyText(left, currency)}.`}
          />
          <TextInput
            label="Reason (optional)"
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
            maxLength={500}
            autoComplete="off"
          />
        </Stack>
      </ActionDialog>
    </>
  );
}
