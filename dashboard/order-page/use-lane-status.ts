import type { UseQueryResult } from '@tanstack/react-query';
import { ApiProblem } from '#contracts/client/api-problem.ts';
import type { TimelineReply } from '#contracts/http/orders-api.ts';
import type { SystemReply } from '#contracts/http/system-api.ts';
import type { TimelineEntry } from '#contracts/values/timeline.ts';
import { useSignedIn } from '../identity/customer-context.ts';
import { useSystem } from '../system/use-system.ts';

type Component = TimelineEntry['component'];

/** What is wrong with a part of the system now, for its lane to say. */
export type LaneWarnings = ReadonlyMap<Component, string>;

const AWAY = 'The process that does this is away.';
const NO_ANSWER = 'It cannot be asked now; what is shown may be out of date.';

/** From the timeline itself, which names what it could not ask; and for operators from how the system is. */
export function useLaneStatus({ data: timeline, isError }: UseQueryResult<TimelineReply>): LaneWarnings {
  // Others are refused, and do without.
  const system = useSystem({ enabled: useSignedIn().operator });
  const warnings = new Map<Component, string>();
  const tell = (lanes: readonly Component[], warning: string) => {
    for (const lane of lanes) if (!warnings.has(lane)) warnings.set(lane, warning);
  };
  for (const { component, reason } of timeline?.missing ?? []) tell(ASKED[component] ?? [], reason);
  if (system.isError && !isRefused(system.error)) tell(['relay', 'worker'], AWAY);
  else if (system.data) tellOfRoles(system.data, tell);
  if (isError) tell(OF_ORDERS, NO_ANSWER);
  return warnings;
}

/** What orders tells of itself. */
const OF_ORDERS: readonly Component[] = ['http', 'orders', 'outbox', 'consumer'];
const OF_PAYMENTS: readonly Component[] = ['payments', 'ledger'];

/** Which lanes are empty when a part could not be asked. */
const ASKED: Readonly<Record<string, readonly Component[]>> = {
  payments: OF_PAYMENTS,
  temporal: ['temporal', 'worker'],
};

/** Which lanes tell of a role of a process that is not ready; of several that would, the first. */
const ROLES: readonly (readonly [process: string, role: string, lanes: readonly Component[]])[] = [
  ['orders', 'http', OF_ORDERS],
  ['orders', 'database', ['orders', 'outbox']],
  ['orders', 'consumer', ['consumer']],
  ['orders', 'consumer progress', ['consumer']],
  ['workflows', 'orders database', ['outbox', 'relay']],
  ['workflows', 'relay', ['relay']],
  ['workflows', 'relay progress', ['relay']],
  ['workflows', 'worker', ['worker']],
  ['workflows', 'worker progress', ['worker']],
  ['payments', 'http', OF_PAYMENTS],
  ['payments', 'database', OF_PAYMENTS],
  ['workflows', 'payments database', OF_PAYMENTS],
];

function tellOfRoles(
  { processes, consumerLag }: SystemReply,
  tell: (lanes: readonly Component[], warning: string) => void,
): void {
  for (const [process, role, lanes] of ROLES) {
    const state = processes[process]?.roles[role];
    if (!state || state.ready) continue;
    // A process that answers no request has this role alone.
    tell(lanes, role === 'http' ? AWAY : `It is not ready: ${state.reason ?? 'no reason was given'}`);
  }
  if (consumerLag === null) tell(['kafka'], 'Kafka cannot be reached now.');
}

function isRefused(error: unknown): boolean {
  return error instanceof ApiProblem && error.status < 500;
}
