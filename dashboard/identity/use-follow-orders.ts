import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Customer } from '#contracts/client/customer.ts';
import type { Following } from '../api/keep-following.ts';
import { keepFollowing } from '../api/keep-following.ts';
import { showChange, readAnew } from '../api/order-cache.ts';

/** Brings what the stream says into everything that is on the screen, for as long as the customer is here. */
export function useFollowOrders(customer: Customer): Following {
  const queries = useQueryClient();
  const [following, setFollowing] = useState<Following>('connecting');
  useEffect(() => {
    const stop = new AbortController();
    void keepFollowing(customer, {
      signal: stop.signal,
      onState: setFollowing,
      onBegin: () => readAnew(queries, customer),
      onChange: (order) => showChange(queries, customer, order),
    });
    return () => stop.abort();
  }, [customer, queries]);
  return following;
}
