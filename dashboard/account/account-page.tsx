import { Paper, Tabs, VisuallyHidden } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useSearchParams } from 'wouter';
import type { AccountReply } from '#contracts/http/payments-api.ts';
import { OrdersList } from '../order-list/orders-list.tsx';
import { PlaceOrderForm } from '../order-list/place-order-form.tsx';
import { ErrorBoundary } from '../shell/error-boundary.tsx';
import { ErrorState, LoadingState } from '../shell/states.tsx';
import { BalanceCard } from './balance-card.tsx';
import { OpenAccount } from './open-account.tsx';
import { Statement } from './statement.tsx';
import { useAccount } from './use-account.ts';
import classes from './account.module.css';

/** A customer's home page: their balance, their orders and their statement. */
export function AccountPage() {
  useDocumentTitle('Orders · Gozon');
  const account = useAccount();
  const [parameters, setParameters] = useSearchParams();
  const view = parameters.get('view') === 'statement' ? 'statement' : 'orders';
  return (
    <div className={classes['page']}>
      <VisuallyHidden component="h1">Your orders and your account</VisuallyHidden>
      <div className={classes['money']}>
        <ErrorBoundary what="your account">
          <Money account={account} />
        </ErrorBoundary>
      </div>
      <Paper withBorder radius="md" className={classes['lists']}>
        <Tabs
          value={view}
          onChange={(chosen) => setParameters(chosen === 'statement' ? { view: 'statement' } : {})}
          keepMounted={false}
        >
          <Tabs.List px="md" mb="md">
            <Tabs.Tab value="orders">Orders</Tabs.Tab>
            <Tabs.Tab value="statement">Statement</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="orders">
            <ErrorBoundary what="your orders">
              <OrdersList first={firstStep(account.data)} />
            </ErrorBoundary>
          </Tabs.Panel>
          <Tabs.Panel value="statement">
            {account.data === undefined ? (
              <div className={classes['padded']}>
                <AccountPending what="your statement" account={account} />
              </div>
            ) : (
              <ErrorBoundary what="your statement">
                <Statement account={account.data} />
              </ErrorBoundary>
            )}
          </Tabs.Panel>
        </Tabs>
      </Paper>
    </div>
  );
}

/** What a customer without orders can do. */
function firstStep(account: AccountReply | null | undefined): string {
  if (account === undefined) return 'What you order is shown here.';
  if (account === null)
    return 'Open your account, put money in it and place an order. It is paid at once, and shown here.';
  if (account.available === 0n)
    return 'Top up your account, then place an order. It is paid at once, and shown here.';
  return 'Place an order, and watch it being paid here.';
}

function AccountPending({ what, account }: { what: string; account: ReturnType<typeof useAccount> }) {
  return account.isError ? (
    <ErrorState what={what} error={account.error} retry={() => void account.refetch()} />
  ) : (
    <LoadingState lines={4} />
  );
}

function Money({ account }: { account: ReturnType<typeof useAccount> }) {
  if (account.data === undefined) {
    return (
      <Paper withBorder radius="md" p="lg">
        <AccountPending what="your account" account={account} />
      </Paper>
    );
  }
  if (account.data === null) {
    return (
      <Paper withBorder radius="md" p="lg">
        <OpenAccount />
      </Paper>
    );
  }
  return (
    <>
      <Paper withBorder radius="md" p="lg">
        <BalanceCard account={account.data} stale={account.isError} />
      </Paper>
      <Paper withBorder radius="md" p="lg">
        <PlaceOrderForm available={account.data.available} />
      </Paper>
    </>
  );
}
