import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { AccountReply } from '#contracts/http/payments-api.ts';
import { keys } from '../api/order-cache.ts';
import { oneAtATime } from '../api/use-intent.ts';
import { useCustomer } from '../identity/customer-context.ts';

/** The customer's account; null while they have none. */
export function useAccount() {
  const customer = useCustomer();
  const queries = useQueryClient();
  const queryKey = keys.account(customer.userId);
  return useQuery({
    queryKey,
    queryFn: async () => {
      // Not by its path: a browser shows each 404 as an error, also where nothing is wrong.
      const [read = null] = (await customer.accounts()).items;
      return latest(queries.getQueryData<AccountReply | null>(queryKey), read);
    },
  });
}

export function useOpenAccount() {
  const customer = useCustomer();
  const keep = useStoreAccount();
  return useMutation({
    scope: oneAtATime('open-account', customer),
    mutationFn: async (key: string) => customer.openAccount({}, { idempotencyKey: key }),
    onSuccess: keep,
  });
}

export function useTopUp() {
  const customer = useCustomer();
  const keep = useStoreAccount();
  return useMutation({
    scope: oneAtATime('top-up', customer),
    mutationFn: async ({ amount, key }: { amount: bigint; key: string }) =>
      customer.topUp(amount, { idempotencyKey: key }),
    onSuccess: keep,
  });
}

/** Replies may overtake one another. The account with the higher version is the later one. */
function latest(known: AccountReply | null | undefined, read: AccountReply | null): AccountReply | null {
  return known && read && known.version > read.version ? known : read;
}

function useStoreAccount() {
  const { userId } = useCustomer();
  const queries = useQueryClient();
  return (account: AccountReply) => {
    queries.setQueryData<AccountReply | null>(keys.account(userId), (known) => latest(known, account));
    void queries.invalidateQueries({ queryKey: keys.statement(userId) });
  };
}
