import { createInFlight } from '@gozon/temporal-outbox';
import type { InFlight } from '@gozon/temporal-outbox';
import type { WakeUp } from '@gozon/timing';
import type { DataConverter, WorkerDeploymentVersion } from '@temporalio/common';
import type { WorkflowBundleOption } from '@temporalio/worker';
import type { QueryExecutorProvider } from 'kysely';
import { OUTBOX_LEASE, WORKFLOW_START } from '#contracts/values/deadlines.ts';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { Health } from '#platform/process/health.ts';
import { closeConcurrently } from '#platform/process/lifecycle.ts';
import type { Logger } from '#platform/process/logger.ts';
import type { TemporalAccess } from '#temporal-config/access.ts';
import type { PaymentActivities } from './payment/activities.ts';
import { observeActivities } from './payment/observe-activities.ts';
import { ENCRYPTED_PAYMENT_KINDS, PAYMENT_KINDS } from './payment/payment-kinds.ts';
import { countDispatch } from './relay/count-dispatches.ts';
import { traceDispatches } from './relay/trace-dispatches.ts';
import { runTemporalSessions } from './temporal-sessions.ts';
import { watchRelayAndWorker } from './watch-relay-and-worker.ts';
import type { WatchOptions } from './watch-relay-and-worker.ts';

/** Workflows that are started and not completed, at most; and after how many ms one no longer counts. */
const MOST_IN_FLIGHT = 64;
const IN_FLIGHT_EXPIRY = 30_000;

/** The in-flight limit of payments. */
export function createPaymentsInFlight(): InFlight {
  return createInFlight(MOST_IN_FLIGHT, IN_FLIGHT_EXPIRY);
}

export interface RunPaymentsOptions {
  /** The orders database, as the role `workflows` may use it. */
  readonly ordersDb: QueryExecutorProvider;
  readonly activities: PaymentActivities;
  readonly access: TemporalAccess;
  readonly namespace: string;
  /** By default payloads are plain JSON. */
  readonly dataConverter?: DataConverter;
  /** By default the worker has none, and any worker continues any workflow. */
  readonly version?: WorkerDeploymentVersion;
  readonly workflowBundle: WorkflowBundleOption;
  readonly cachedWorkflows?: number | undefined;
  /** Set when the outbox has a new row. */
  readonly wakeUp: WakeUp;
  readonly health: Pick<Health, 'role'>;
  readonly log: Logger;
  readonly inFlight?: InFlight;
  /** When one of them is stuck, and what then happens; by default after a minute, and the process ends. */
  readonly stuck?: Pick<WatchOptions, 'limit' | 'onStuck'>;
}

/**
 * From the outbox to decided payments: runs the relay and its worker until disposed, and watches that they make
 * progress.
 */
export function runPayments({
  inFlight = createPaymentsInFlight(),
  stuck,
  ...options
}: RunPaymentsOptions): AsyncDisposable {
  const { ordersDb, activities, workflowBundle, cachedWorkflows, wakeUp, health, log } = options;
  const { dataConverter = {} } = options;
  const kinds = dataConverter.payloadCodecs ? ENCRYPTED_PAYMENT_KINDS : PAYMENT_KINDS;
  const tried = { dispatches: 0, activities: 0 };
  const observer = observeActivities({
    log,
    onTried: () => (tried.activities += 1),
    onReported: inFlight.complete,
  });
  const running = closeConcurrently();
  running.use(watchRelayAndWorker({ ...options, ...stuck, kinds: Object.keys(kinds), tried }));
  running.use(
    runTemporalSessions({
      ...options,
      worker: { workflowBundle, activities, observer, cachedWorkflows },
      relay: {
        db: ordersDb,
        kinds,
        inFlight,
        wakeUp,
        log,
        onState: health.role(HEALTH_ROLES.relay),
        lease: OUTBOX_LEASE,
        deadline: WORKFLOW_START,
        describe: describeError,
        around: traceDispatches(log),
        onTried(row, outcome) {
          countDispatch(row, outcome);
          tried.dispatches += 1;
        },
      },
      onWorker: health.role(HEALTH_ROLES.worker),
    }),
  );
  return running;
}
