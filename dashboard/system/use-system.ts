import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Reading } from '#contracts/http/system-api.ts';
import { useSettings } from '../api/settings.ts';
import { useCustomer } from '../identity/customer-context.ts';
import { operatorApi } from './operator-api.ts';
import type { OperatorApi } from './operator-api.ts';

/** In ms. The next look comes anyway, so none is repeated. */
const POLL = { refetchInterval: 3_000, retry: false } as const;
const POLL_STACK = { refetchInterval: 1_000, retry: false } as const;

/** 15 minutes of readings. */
const KEPT = 300;

function useOperatorApi(): OperatorApi {
  const customer = useCustomer();
  return useMemo(() => operatorApi(customer), [customer]);
}

/** How the system is now. What was known stays while it cannot be asked. */
export function useSystem({ enabled = true }: { enabled?: boolean } = {}) {
  const api = useOperatorApi();
  return useQuery({ queryKey: ['system'], queryFn: async () => api.system(), enabled, ...POLL });
}

/** How it was; only what is new is fetched. */
export function useReadings() {
  const api = useOperatorApi();
  const queries = useQueryClient();
  const queryKey = ['system', 'readings'];
  return useQuery({
    queryKey,
    queryFn: async () => {
      const known = queries.getQueryData<Reading[]>(queryKey) ?? [];
      const more = await api.readings(known.at(-1)?.at);
      return [...known, ...more].slice(-KEPT);
    },
    ...POLL,
  });
}

/** What npm start runs; asked for only where the gateway says that there is such a thing. */
export function useStack() {
  const api = useOperatorApi();
  const { controls } = useSettings();
  return useQuery({
    queryKey: ['stack'],
    queryFn: async () => api.stack(),
    enabled: controls,
    ...POLL_STACK,
  });
}

/** Something that an operator does; afterwards all that is shown is read anew. Not repeated: he is there to do it. */
export function useOperatorMutation<Input, Reply>(act: (api: OperatorApi, input: Input) => Promise<Reply>) {
  const api = useOperatorApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (input: Input) => act(api, input),
    retry: false,
    onSettled: async () =>
      Promise.all(['system', 'stack'].map(async (name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
}
