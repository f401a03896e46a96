import { Alert, Button, Stack, TextInput, Title } from '@mantine/core';
import { useRef, useState } from 'react';
import { isTransient } from '../api/create-queries.ts';
import { explainProblem } from '../api/explain-problem.ts';
import { useSettings } from '../api/settings.ts';
import { useIntent } from '../api/use-intent.ts';
import { AmountInput } from '../money/amount-input.tsx';
import { moneyText } from '../money/money-text.ts';
import { parseAmount } from '../money/parse-amount.ts';
import { usePlaceOrder } from './use-place-order.ts';
import { WhenToPay } from './when-to-pay.tsx';

/** @param available in minor units, to warn before an order is declined */
export function PlaceOrderForm({ available }: { available: bigint }) {
  const { currency } = useSettings();
  const [text, setText] = useState('');
  const [description, setDescription] = useState('');
  const [captureWithin, setCaptureWithin] = useState<number>();
  const [tried, setTried] = useState(false);
  const amountField = useRef<HTMLInputElement>(null);
  const intent = useIntent();
  const place = usePlaceOrder();
  const parsed = parseAmount(text, currency);
  const amount = 'amount' in parsed ? parsed.amount : undefined;

  const submit = () => {
    setTried(true);
    if (amount === undefined) return amountField.current?.focus();
    const order = { amount, description: description.trim(), captureWithin };
    const idempotencyKey = intent.keyFor(`${amount} ${captureWithin} ${order.description}`);
    place.mutate(
      { idempotencyKey, ...order },
      {
        onSuccess: () => {
          intent.done();
          // A customer who is already writing the next order keeps that text.
          setText((now) => (now === text ? '' : now));
          setDescription((now) => (now === description ? '' : now));
          setTried(false);
        },
      },
    );
  };

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        <Title order={2}>New order</Title>
        <AmountInput
          ref={amountField}
          label="Order amount"
          text={text}
          setText={setText}
          error={tried && 'error' in parsed ? parsed.error : undefined}
          description={
            amount !== undefined && amount > available
              ? 'More than you have available: it would be declined.'
              : undefined
          }
        />
        <TextInput
          label="What for (optional)"
          value={description}
          onChange={({ currentTarget }) => setDescription(currentTarget.value)}
          dir="auto"
          maxLength={500}
          autoComplete="off"
        />
        <WhenToPay captureWithin={captureWithin} setCaptureWithin={setCaptureWithin} />
        <Button
          type="submit"
          loading={place.isPending}
          onClick={(event) => {
            // The second click of a double click repeats the first.
            if (event.detail > 1) event.preventDefault();
          }}
        >
          {amount === undefined ? 'Place order' : `Place order for ${moneyText(amount, currency)}`}
        </Button>
        {place.isError && (
          <Alert
            color="red"
            title={
              isTransient(place.error)
                ? 'We do not know whether your order was placed'
                : 'Your order was not placed'
            }
          >
            {explainProblem(place.error)}
            {isTransient(place.error) && ' Place it again: it will be placed once.'}
          </Alert>
        )}
      </Stack>
    </form>
  );
}
