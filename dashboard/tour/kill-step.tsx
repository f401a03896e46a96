import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Skull } from 'lucide-react';
import { useLocation } from 'wouter';
import { ROUTES } from '#contracts/values/routes.ts';
import { useAccount } from '../account/use-account.ts';
import { explainProblem } from '../api/explain-problem.ts';
import { applyChange } from '../api/order-cache.ts';
import { useIntent } from '../api/use-intent.ts';
import { useCustomer } from '../identity/customer-context.ts';
import { moneyText } from '../money/money-text.ts';
import { setTour } from './tour-store.ts';
import type { Tour } from './tour-store.ts';

/** Minor units. */
const MOST = 100n;

/** Both in one click: the process is back within seconds, and nobody writes an order that fast. */
export function KillStep({ tour }: { tour: Tour }) {
  const { data: account } = useAccount();
  const kill = useKillAndOrder(tour);
  if (!account) return null;
  const { available, currency } = account;
  const amount = available < MOST ? available : MOST;
  return (
    <>
      <p>
        The process <b>workflows</b> has the relay and the worker. Without it no order is paid. Kill it as a
        power cut would, and order something in that moment.
      </p>
      <Button
        size="compact-sm"
        color="red"
        leftSection={<Skull size={14} />}
        loading={kill.isPending}
        disabled={amount === 0n}
        onClick={() => kill.mutate(amount)}
      >
        {amount === 0n ? 'Top up first' : `Kill it, and order for ${moneyText(amount, currency)}`}
      </Button>
      <p role="status">{kill.isError ? explainProblem(kill.error) : ''}</p>
    </>
  );
}

/** Afterwards it opens the page of the order, which shows that it waits. */
function useKillAndOrder(tour: Tour) {
  const customer = useCustomer();
  const queries = useQueryClient();
  const intent = useIntent();
  const [, navigate] = useLocation();
  return useMutation({
    mutationFn: async (amount: bigint) => {
      await customer.call(ROUTES.fault, { body: { part: 'workflows', fault: 'kill' } });
      return customer.placeOrder(
        { amount, description: 'Ordered while the worker was dead' },
        { idempotencyKey: intent.keyFor(String(amount)) },
      );
    },
    retry: false,
    onSuccess: (order) => {
      applyChange(queries, customer, order);
      setTour({ ...tour, killedFor: order.orderId });
      navigate(`/orders/${order.orderId}`);
    },
  });
}
