import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Customer } from '#contracts/client/customer.ts';
import type { StreamState } from '../api/follow-with-reconnect.ts';
import { followWithReconnect } from '../api/follow-with-reconnect.ts';
import { applyChange, refetchCustomer } from '../api/order-cache.ts';

/** Applies the stream of changes to every view while the customer is signed in. */
export function useFollowOrders(customer: Customer): StreamState {
  const queries = useQueryClient();
  const [streamState, setStreamState] = useState<StreamState>('connecting');
  useEffect(() => {
    const stop = new AbortController();
    void followWithReconnect(customer, {
      signal: stop.signal,
      onState: setStreamState,
      onBegin: () => refetchCustomer(queries, customer),
      onChange: (order) => applyChange(queries, customer, order),
    });
    return () => stop.abort();
  }, [customer, queries]);
  return streamState;
}
