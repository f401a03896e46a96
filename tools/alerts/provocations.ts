import { openTooManyConnections } from './provocations/connections.ts';
import {
  changeBalance,
  changeOrder,
  forgetTransaction,
  lockInbox,
  lockTopUps,
} from './provocations/databases.ts';
import { deployHangingStep, deployWrongWorkflows } from './provocations/deployment.ts';
import { cutLink } from './provocations/links.ts';
import { poisonTopic } from './provocations/messages.ts';
import { refuseRow } from './provocations/outbox.ts';
import { forget, kill, killRepeatedly } from './provocations/processes.ts';
import type { Provocation } from './provocations/provocation.ts';
import { configureTemporal } from './provocations/temporal.ts';
import { floodWorker, forgeWorkflow, terminateHold } from './provocations/workflows.ts';

/** Prometheus scrapes every 3.75 s. */
const SLOW = 4;

/**
 * In this order: first what must meet no slow order before, then what harms few orders, and at last outages. One outage may fire
 * several alerts.
 */
export const PROVOCATIONS: readonly Provocation[] = [
  {
    fault: 'the gateway does not reach orders',
    fires: ['RequestsFail', 'SloBurnsFast', 'SloBurnsSlowly'],
    labels: { slo: 'orders-accepted' },
    provoke: cutLink('gatewayToOrders'),
  },
  {
    fault: 'the workflow of a hold is terminated',
    fires: ['HoldsReleasedLate'],
    provoke: terminateHold,
  },
  {
    fault: 'a balance is changed in the database',
    fires: ['InvariantBreached'],
    provoke: changeBalance,
  },
  {
    fault: 'the status of a paid order is changed in the database',
    fires: ['OrdersContradict'],
    provoke: changeOrder,
  },
  {
    fault: 'messages on the topic that nobody can read',
    fires: ['DeadLetters'],
    provoke: poisonTopic,
  },
  {
    fault: 'a workflow that orders did not ask for',
    fires: ['StepsRefused'],
    provoke: forgeWorkflow,
  },
  {
    fault: 'an outbox row that Temporal refuses',
    fires: ['OutboxStuck'],
    provoke: refuseRow,
  },
  {
    fault: 'a table of payments is locked',
    fires: ['PoolExhausted'],
    provoke: lockTopUps,
    factor: SLOW,
  },
  {
    fault: 'a transaction is left open',
    fires: ['OldSnapshot'],
    provoke: forgetTransaction,
  },
  {
    fault: 'more connections to payments than fit into its memory',
    fires: ['ConnectionsRefused'],
    provoke: openTooManyConnections,
  },
  {
    fault: 'payments is killed',
    fires: ['ProcessDown'],
    provoke: kill('payments'),
  },
  {
    fault: 'payments is killed again and again',
    fires: ['ProcessRestarts'],
    provoke: killRepeatedly('payments'),
  },
  {
    fault: 'the name of payments resolves to no address',
    fires: ['ServiceMissing'],
    provoke: forget('payments'),
  },
  {
    fault: 'workflow code that does not continue its histories, throws, and returns 5 MB',
    fires: ['TemporalNonDeterminism', 'TemporalWorkflowTasksFail', 'TemporalMessageTooLarge'],
    provoke: deployWrongWorkflows,
  },
  {
    fault: 'a step that does not end for some orders',
    fires: ['TemporalSlotsExhausted'],
    provoke: deployHangingStep,
  },
  {
    fault: 'Temporal starts no workflow eagerly',
    fires: ['StartsNotEager'],
    provoke: configureTemporal('system.enableEagerWorkflowStart', false),
  },
  {
    fault: 'the namespace may send 2 requests a second',
    fires: ['TemporalRateLimited'],
    provoke: configureTemporal('frontend.namespaceRPS', 2),
  },
  {
    fault: 'the inbox of orders is locked',
    fires: ['ConsumerBehind'],
    provoke: lockInbox,
  },
  {
    fault: 'workflows does not reach the database of orders',
    fires: ['BacklogUnknown', 'RoleNotReady'],
    provoke: cutLink('workflowsToOrdersDb'),
  },
  {
    fault: 'workflows does not reach Temporal',
    fires: ['OutboxOld', 'TemporalPollersGone'],
    provoke: cutLink('workflowsToTemporal'),
    isPictured: true,
  },
  {
    fault: 'workflows does not reach the database of payments',
    fires: ['TemporalActivitiesFail', 'InvariantUnknown', 'OrdersOverdue', 'ReconcileStopped'],
    provoke: cutLink('workflowsToPaymentsDb'),
  },
  {
    fault: '800 workflows at a time that orders did not ask for, while the database of payments is silent',
    fires: ['TemporalTasksWait'],
    provoke: floodWorker,
    factor: SLOW,
  },
];

/** Alerts that cannot be made to fire here, each with the reason. */
export const UNPROVOKED: Readonly<Record<string, string>> = {};
