import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useRef, useState } from 'react';
import type { AccountReply } from '#contracts/http/payments-api.ts';
import { isTransient } from '../api/create-queries.ts';
import { explainProblem } from '../api/explain-problem.ts';
import { useIntent } from '../api/use-intent.ts';
import { AmountInput } from '../money/amount-input.tsx';
import { moneyText } from '../money/money-text.ts';
import { Money } from '../money/money.tsx';
import { parseAmount } from '../money/parse-amount.ts';
import { StaleNotice } from '../shell/states.tsx';
import { useTopUp } from './use-account.ts';
import classes from './account.module.css';

export function BalanceCard({ account, stale }: { account: AccountReply; stale: boolean }) {
  return (
    <Stack gap="sm">
      <div>
        <Title order={2}>Balance</Title>
        {/* A new version is a new element, so that it fades in. */}
        <Text key={String(account.version)} className={classes['balance']} aria-live="polite">
          <Money amount={account.balance} currency={account.currency} />
        </Text>
        {account.held > 0n && <Parts account={account} />}
        {stale && <StaleNotice what="Your balance" />}
      </div>
      <TopUpForm currency={account.currency} />
    </Stack>
  );
}

/** What of the balance is reserved for orders, and what new orders can spend. */
function Parts({ account: { held, available, currency } }: { account: AccountReply }) {
  return (
    <dl className={classes['parts']}>
      <div>
        <dt>Reserved for orders</dt>
        <dd>
          <Money amount={held} currency={currency} />
        </dd>
      </div>
      <div>
        <dt>Available</dt>
        <dd>
          <Money amount={available} currency={currency} />
        </dd>
      </div>
    </dl>
  );
}

function TopUpForm({ currency }: { currency: string }) {
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const intent = useIntent();
  const topUp = useTopUp();
  const parsed = parseAmount(text, currency);
  const submit = () => {
    setTried(true);
    if ('error' in parsed) return field.current?.focus();
    const { amount } = parsed;
    topUp.mutate(
      { amount, key: intent.keyFor(String(amount)) },
      {
        onSuccess: () => {
          intent.done();
          setText((now) => (now === text ? '' : now));
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
      <Group align="flex-start" gap="xs" wrap="nowrap">
        <div className={classes['grow']}>
          <AmountInput
            ref={field}
            label="Top-up amount"
            text={text}
            setText={setText}
            error={tried && 'error' in parsed ? parsed.error : undefined}
          />
        </div>
        <Button
          type="submit"
          variant="light"
          className={classes['besideInput']}
          loading={topUp.isPending}
          onClick={(event) => {
            if (event.detail > 1) event.preventDefault();
          }}
        >
          Top up
        </Button>
      </Group>
      <Text role="status" size="sm" c="dimmed" mih={20} mt={4}>
        {topUp.isSuccess && text === '' && `${moneyText(topUp.variables.amount, currency)} added`}
      </Text>
      {topUp.isError && (
        <Alert
          color="red"
          title={isTransient(topUp.error) ? 'We do not know whether it was added' : 'Nothing was added'}
        >
          {explainProblem(topUp.error)}
          {isTransient(topUp.error) && ' Top up again: it will be added once.'}
        </Alert>
      )}
    </form>
  );
}
