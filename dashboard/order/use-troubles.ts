import { useQuery } from '@tanstack/react-query';
import { ApiProblem } from '#contracts/api-problem.ts';
import type { TimelineEntry, TimelineReply } from '#contracts/orders-api.ts';
import type { SystemReply } from '#contracts/system-api.ts';
import { refusal } from '#contracts/client.ts';
import { useSignedIn } from '../identity/customer-context.ts';

type Component = TimelineEntry['component'];

/** What is wrong with a part of the system now, for its lane to say. */
export type Troubles = ReadonlyMap<Component, string>;

/** In ms. */
const LOOK_AGAIN = 3_000;

/** From the timeline itself, which names what it could not ask; and for operators from how the system is. */
export function useTroubles(timeline: TimelineReply | undefined): Troubles {
  const { customer, operator } = useSignedIn();
  const system = useQuery({
    queryKey: ['system'],
    queryFn: async () => {
      const reply = await customer.send({ method: 'GET', path: '/api/system' });
      if (reply.status !== 200) throw refusal(reply);
      return reply.body as SystemReply;
    },
    // Others are refused, and do without.
    enabled: operator,
    retry: false,
    refetchInterval: LOOK_AGAIN,
  });
  const troubles = new Map<Component, string>();
  if (system.isError && !isRefused(system.error)) {
    for (const component of ['relay', 'worker'] as const) {
      troubles.set(component, 'The process that does this is away.');
    }
  } else if (system.data) addTroubles(system.data, troubles);
  for (const { component, reason } of timeline?.missing ?? []) {
    for (const lane of ASKED[component] ?? []) troubles.set(lane, reason);
  }
  return troubles;
}

/** Which lanes are empty when a part could not be asked. */
const ASKED: Readonly<Record<string, readonly Component[]>> = {
  payments: ['payments', 'ledger'],
  temporal: ['temporal', 'worker'],
};

/** Which lane tells of a role of a process that is not ready. */
const ROLES: readonly (readonly [process: string, role: string, lane: Component])[] = [
  ['workflows', 'relay', 'relay'],
  ['workflows', 'worker', 'worker'],
  ['workflows', 'payments database', 'payments'],
  ['orders', 'consumer', 'consumer'],
];

function addTroubles({ processes, consumerLag }: SystemReply, troubles: Map<Component, string>): void {
  for (const [process, role, lane] of ROLES) {
    const state = processes[process]?.roles[role];
    if (state && !state.ready)
      troubles.set(lane, `It is not ready: ${state.reason ?? 'no reason was given'}`);
  }
  if (consumerLag === null) troubles.set('kafka', 'Kafka cannot be reached now.');
}

function isRefused(error: unknown): boolean {
  return error instanceof ApiProblem && error.status < 500;
}
