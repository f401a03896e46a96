import { useMutation, useMutationState, useQueryClient } from '@tanstack/react-query';
import { applyChange } from '../api/order-cache.ts';
import { oneAtATime } from '../api/use-intent.ts';
import { useCustomer } from '../identity/customer-context.ts';

export interface OrderToPlace {
  readonly idempotencyKey: string;
  /** Minor units. */
  readonly amount: bigint;
  readonly description: string;
  /** For how many seconds the money is reserved, to be captured later; undefined to pay at once. */
  readonly captureWithin: number | undefined;
}

/** Places an order, and repeats it with the same key until an answer comes. */
export function usePlaceOrder() {
  const customer = useCustomer();
  const queries = useQueryClient();
  return useMutation({
    mutationKey: ['place-order', customer.userId],
    scope: oneAtATime('place-order', customer),
    mutationFn: async ({ idempotencyKey, amount, description, captureWithin }: OrderToPlace) =>
      customer.placeOrder(
        {
          amount,
          ...(description && { description }),
          ...(captureWithin !== undefined && { captureMethod: 'manual', captureWithin }),
        },
        { idempotencyKey },
      ),
    onSuccess: (order) => applyChange(queries, customer, order),
  });
}

/** Orders that are sent and not acknowledged yet. */
export function useSending(): OrderToPlace[] {
  const { userId } = useCustomer();
  const sending = useMutationState({
    filters: { mutationKey: ['place-order', userId], status: 'pending' },
    select: ({ state }) => state.variables as OrderToPlace,
  });
  return [...new Map(sending.map((order) => [order.idempotencyKey, order])).values()];
}
