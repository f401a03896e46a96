import { Button, Radio, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { applyChange } from '../../api/order-cache.ts';
import { useSignedIn } from '../../identity/customer-context.ts';
import { AmountInput } from '../../money/amount-input.tsx';
import { moneyText } from '../../money/money-text.ts';
import { parseAtMost } from '../../money/parse-amount.ts';
import { ActionDialog } from './action-dialog.tsx';
import { useOrderAction } from './use-order-action.ts';

/** For merchants: takes what is reserved, or a part of it, once. */
export function CaptureOrder({ order, hasEnded }: { order: OrderReply; hasEnded: boolean }) {
  const { customer, merchant } = useSignedIn();
  const queries = useQueryClient();
  const [isPart, setIsPart] = useState(false);
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const { isAsking, action, open, close, perform } = useOrderAction(
    'capture-order',
    async (by, { orderId, amount }: { orderId: string; amount: bigint }, repeatable) =>
      by.captureOrder(orderId, { amount }, repeatable),
    (changed) => applyChange(queries, customer, changed),
  );
  const { orderId, currency } = order;
  const held = order.amount;
  const heldText = moneyText(held, currency);
  const parsed = isPart ? parseAtMost(text, held, currency, 'which is reserved') : { amount: held };
  const amount = 'amount' in parsed ? parsed.amount : undefined;
  const capture = () => {
    setTried(true);
    if (amount === undefined) return field.current?.focus();
    perform(`${orderId} ${amount}`, { orderId, amount });
  };
  return (
    <>
      {merchant && order.amountCapturable > 0n && !hasEnded && <Button onClick={open}>Capture…</Button>}
      <ActionDialog
        opened={isAsking}
        close={close}
        title="Capture what is reserved?"
        text={textOf(amount, held, currency)}
        keep="Not now"
        words={amount === undefined ? 'Capture' : `Capture ${moneyText(amount, currency)}`}
        action={action}
        perform={capture}
      >
        <Stack gap="sm" mb="sm">
          <Radio.Group
            label="How much"
            value={isPart ? 'part' : 'all'}
            onChange={(chosen) => setIsPart(chosen === 'part')}
          >
            <Stack gap="xs" mt={4}>
              <Radio value="all" label={`All of it, ${heldText}`} />
              <Radio value="part" label="A part" />
            </Stack>
          </Radio.Group>
          {isPart && (
            <AmountInput
              ref={field}
              label="Amount to capture"
              text={text}
              setText={setText}
              error={tried && 'error' in parsed ? parsed.error : undefined}
            />
          )}
        </Stack>
      </ActionDialog>
    </>
  );
}

/** Minor units are bigint, so what is left is exact. */
function textOf(amount: bigint | undefined, held: bigint, currency: string): string {
  const once = 'An order can be captured once. This cannot be undone.';
  if (amount === undefined || amount === held) return once;
  return `The other ${moneyText(held - amount, currency)} will be released. ${once}`;
}
