import { ApiProblem } from '@gozon/client';
import type { UseQueryResult } from '@tanstack/react-query';
import type { TimelineReply } from '#contracts/http/orders-api.ts';
import type { SystemReply } from '#contracts/http/system-api.ts';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import type { TimelineEntry } from '#contracts/values/timeline.ts';
import { useSignedIn } from '../identity/customer-context.ts';
import { useSystem } from '../system/use-system.ts';

type Component = TimelineEntry['component'];

/** A warning for each lane whose part of the system has a problem now. */
export type LaneWarnings = ReadonlyMap<Component, string>;

const AWAY = 'The process of this lane is down.';
const NO_ANSWER = 'No answer: this lane may be out of date.';

/** From the timeline, which names the parts that did not answer, and for operators also from the state of the system. */
export function useLaneStatus({ data: timeline, isError }: UseQueryResult<TimelineReply>): LaneWarnings {
  // Other users would be refused.
  const system = useSystem({ enabled: useSignedIn().operator });
  const warnings = new Map<Component, string>();
  const warn = (lanes: readonly Component[], warning: string) => {
    for (const lane of lanes) if (!warnings.has(lane)) warnings.set(lane, warning);
  };
  for (const { component, reason } of timeline?.missing ?? []) warn(UNANSWERED[component] ?? [], reason);
  if (system.isError && !isRefused(system.error)) warn(['relay', 'worker'], AWAY);
  else if (system.data) warnOfRoles(system.data, warn);
  if (isError) warn(OF_ORDERS, NO_ANSWER);
  return warnings;
}

/** The lanes that orders fills by itself. */
const OF_ORDERS: readonly Component[] = ['http', 'orders', 'outbox', 'consumer'];
const OF_PAYMENTS: readonly Component[] = ['payments', 'ledger'];

/** The lanes that are empty when a part did not answer. */
const UNANSWERED: Readonly<Record<string, readonly Component[]>> = {
  payments: OF_PAYMENTS,
  temporal: ['temporal', 'worker'],
};

/** The lanes that warn when a role is not ready. The first of several warnings wins. */
const ROLES: readonly (readonly [process: string, role: string, lanes: readonly Component[]])[] = [
  ['orders', HEALTH_ROLES.http, OF_ORDERS],
  ['orders', HEALTH_ROLES.database, ['orders', 'outbox']],
  ['orders', HEALTH_ROLES.consumer, ['consumer']],
  ['orders', HEALTH_ROLES.consumerProgress, ['consumer']],
  ['workflows', HEALTH_ROLES.ordersDatabase, ['outbox', 'relay']],
  ['workflows', HEALTH_ROLES.relay, ['relay']],
  ['workflows', HEALTH_ROLES.relayProgress, ['relay']],
  ['workflows', HEALTH_ROLES.worker, ['worker']],
  ['workflows', HEALTH_ROLES.workerProgress, ['worker']],
  ['workflows', HEALTH_ROLES.producer, ['worker']],
  ['payments', HEALTH_ROLES.http, OF_PAYMENTS],
  ['payments', HEALTH_ROLES.database, OF_PAYMENTS],
  ['workflows', HEALTH_ROLES.paymentsDatabase, OF_PAYMENTS],
];

function warnOfRoles(
  { processes, consumerLag }: SystemReply,
  warn: (lanes: readonly Component[], warning: string) => void,
): void {
  for (const [process, role, lanes] of ROLES) {
    const state = processes[process]?.roles[role];
    if (!state || state.ready) continue;
    // A process that does not answer has this role alone.
    warn(lanes, role === HEALTH_ROLES.http ? AWAY : `Not ready: ${state.reason ?? 'no reason was given'}`);
  }
  if (consumerLag === null) warn(['kafka'], 'Kafka cannot be reached.');
}

function isRefused(error: unknown): boolean {
  return error instanceof ApiProblem && error.status < 500;
}
