import type { Call, Customer } from '@gozon/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ProcessState, Reading, SystemReply } from '#contracts/http/system-api.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { useSettings } from '../api/settings.ts';
import { useCustomer } from '../identity/customer-context.ts';

/** In ms. A poll that fails is not retried: the next one comes anyway. */
const POLL = { refetchInterval: 3_000, retry: false } as const;
const POLL_STACK = { refetchInterval: 1_000, retry: false } as const;

/** 15 minutes of readings. */
const KEPT = 300;

/** The system's current state. The last reply stays while the system cannot be asked. */
export function useSystem({ enabled = true }: { enabled?: boolean } = {}) {
  const operator = useCustomer();
  return useQuery({
    queryKey: ['system'],
    queryFn: async () => getSystemWithGateway(operator),
    enabled,
    ...POLL,
  });
}

/** The gateway is among the processes too. It tells its state to everyone, and no process behind it knows it. */
async function getSystemWithGateway({ call, send }: Customer): Promise<SystemReply> {
  const [system, gateway] = await Promise.all([
    call(ROUTES.getSystem, {}),
    send({ method: 'GET', path: '/health/ready' }),
  ]);
  const { roles = {} } = gateway.body as Partial<ProcessState>;
  const state = { ready: gateway.status === 200, roles };
  return { ...system, processes: { gateway: state, ...system.processes } };
}

/** The system's past. Only new readings are fetched. */
export function useReadings() {
  const { call } = useCustomer();
  const queries = useQueryClient();
  const queryKey = ['system', 'readings'];
  return useQuery({
    queryKey,
    queryFn: async () => {
      const known = queries.getQueryData<Reading[]>(queryKey) ?? [];
      const { readings } = await call(ROUTES.getSystemHistory, { query: { after: known.at(-1)?.at } });
      return [...known, ...readings].slice(-KEPT);
    },
    ...POLL,
  });
}

/** The components that npm start runs. Only a gateway with `controls` in its settings has this route. */
export function useStack() {
  const { call } = useCustomer();
  const { controls } = useSettings();
  return useQuery({
    queryKey: ['stack'],
    queryFn: async () => call(ROUTES.getStack, {}),
    enabled: controls,
    ...POLL_STACK,
  });
}

/** An operator's action. Afterwards the whole page is read again. It is not retried: the operator can press again. */
export function useOperatorMutation<Input, Reply>(act: (call: Call, input: Input) => Promise<Reply>) {
  const { call } = useCustomer();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (input: Input) => act(call, input),
    retry: false,
    onSettled: async () =>
      Promise.all(['system', 'stack'].map(async (name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
}
