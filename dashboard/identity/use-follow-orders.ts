import type { Customer } from '@gozon/client';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { applyChange, refetchCustomer } from '../api/order-cache.ts';
import { connectToHub } from '../stream/connect-to-hub.ts';
import type { StreamState } from '../stream/follow-options.ts';
import { followShared } from '../stream/follow-shared.ts';
import { followWithReconnect } from '../stream/follow-with-reconnect.ts';
import type { Identity } from './identities.ts';

/** Applies the stream of changes to every view while the customer is signed in. */
export function useFollowOrders(identity: Identity, customer: Customer): StreamState {
  const queries = useQueryClient();
  const [streamState, setStreamState] = useState<StreamState>('connecting');
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const shared = new AbortController();
    const handlers = {
      onState: setStreamState,
      onBegin: () => refetchCustomer(queries, customer),
      onChange: (order: OrderReply) => applyChange(queries, customer, order),
    };
    const alone = async () => {
      shared.abort();
      if (!signal.aborted)
        await followWithReconnect(customer, {
          ...handlers,
          signal,
          onChange: ({ order }) => handlers.onChange(order),
        });
    };
    followShared(identity, {
      ...handlers,
      signal: AbortSignal.any([signal, shared.signal]),
      connect: () => connectToHub(() => void alone()),
    }).catch(alone);
    return () => stop.abort();
  }, [identity, customer, queries]);
  return streamState;
}
