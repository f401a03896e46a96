import { setTimeout as sleep } from 'node:timers/promises';
import { grpcStatus } from '@gozon/temporal-outbox';
import { status } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { classifyError } from '#platform/process/classify-error.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { TemporalAccess } from '#temporal-config/access.ts';
import { findTlsFault } from '#temporal-config/explain-connection.ts';
import { findNamespaceFault } from '#temporal-config/namespace-fault.ts';
import { namespace as ours } from '#temporal-config/namespace.ts';
import { SetUpError } from './set-up-error.ts';

/** From Temporal's enums.v1.IndexedValueType. */
const KEYWORD = 2;

/** How often it is asked for what it does not know yet, and how far apart, in ms: for a minute. */
const ATTEMPTS = 600;
const EVERY = 100;

/**
 * Makes the namespace and its search attributes, or brings them in line. Returns once workflows can use them. Safe to
 * repeat.
 * @throws SetUpError when Temporal cannot be reached, refuses, or has a search attribute of another type
 */
export async function configureTemporal({
  namespace = ours.name,
  ...access
}: Partial<TemporalAccess> & { namespace?: string }): Promise<void> {
  const { address, tls = false } = access;
  const fault = address === undefined ? undefined : await findTlsFault({ address, tls });
  // The client would try again for as long as it may, and then not say why.
  if (fault !== undefined) throw new SetUpError(`Temporal at ${address}: ${fault}`);
  const explain = (error: unknown) =>
    new SetUpError(`Temporal at ${address}: ${describeError(error)}`, { cause: error });
  const connection = await Connection.connect({ ...access, connectTimeout: '10s' }).catch(
    (error: unknown) => {
      throw explain(error);
    },
  );
  try {
    await makeNamespace(connection, namespace);
    await addSearchAttributes(connection, namespace);
    await untilUsable(connection, namespace);
  } catch (error) {
    throw classifyError(error) === 'bug' ? error : explain(error);
  } finally {
    await connection.close();
  }
}

async function makeNamespace({ workflowService }: Connection, namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs(`${ours.retentionDays} days`);
  try {
    const { config } = await workflowService.describeNamespace({ namespace });
    const retention = config?.workflowExecutionRetentionTtl;
    if (retention && tsToMs(retention) === tsToMs(workflowExecutionRetentionPeriod)) return;
    await workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: workflowExecutionRetentionPeriod },
    });
  } catch (error) {
    if (grpcStatus(error) !== status.NOT_FOUND) throw error;
    await workflowService
      .registerNamespace({ namespace, description: ours.description, workflowExecutionRetentionPeriod })
      .catch(unless(status.ALREADY_EXISTS));
  }
}

async function addSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
      const wrong = ours.searchAttributes.find((name) => (customAttributes?.[name] ?? KEYWORD) !== KEYWORD);
      if (wrong !== undefined) throw new SetUpError(hasAnotherType(namespace, wrong));
      const missing = ours.searchAttributes.filter((name) => !customAttributes?.[name]);
      if (missing.length === 0) return;
      await operatorService
        .addSearchAttributes({
          namespace,
          searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
        })
        .catch(unless(status.ALREADY_EXISTS));
    } catch (error) {
      // The operator service learns of a new namespace a moment later.
      if (grpcStatus(error) !== status.NOT_FOUND || attempt >= ATTEMPTS) throw error;
      await sleep(EVERY);
    }
  }
}

/** The workflows that have it could no longer be found by it, so it is left to a person. */
function hasAnotherType(namespace: string, name: string): string {
  return (
    `the search attribute ${name} of the namespace ${namespace} must have the type Keyword: remove it ` +
    `(temporal operator search-attribute remove --namespace ${namespace} --name ${name}), then run this again`
  );
}

/** Waits until the server knows every attribute. */
async function untilUsable(connection: Connection, namespace: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      if ((await findNamespaceFault(connection, namespace)) === undefined) return;
      if (attempt >= ATTEMPTS) throw new SetUpError('the server does not know the new search attributes yet');
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
    }
    await sleep(EVERY);
  }
}

function unless(code: status) {
  return (error: unknown) => {
    if (grpcStatus(error) !== code) throw error;
  };
}
