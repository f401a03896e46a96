import assert from 'node:assert/strict';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { newId } from '#contracts/values/ids.ts';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { namespace as ours } from '#temporal-config/namespace.ts';
import { infrastructure } from '#test/support/infrastructure.ts';

const DAY = 24 * 60 * 60 * 1_000;

describe("the set-up of Temporal's namespace", () => {
  const address = infrastructure().temporal;
  let connection: Connection;
  before(async () => {
    connection = await Connection.connect({ address });
  });
  after(async () => connection.close());

  async function describeIt(namespace: string) {
    const { namespaceInfo, config } = await connection.workflowService.describeNamespace({ namespace });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return {
      id: namespaceInfo?.id,
      description: namespaceInfo?.description,
      days: tsToMs(config?.workflowExecutionRetentionTtl) / DAY,
      searchAttributes: Object.keys(customAttributes)
        .filter((name) => /^(CustomerId|OrderId)$/.test(name))
        .toSorted(),
    };
  }

  it('changes nothing when it is repeated', async () => {
    const namespace = `test-${newId()}`;
    await configureTemporal({ address, namespace });
    const made = await describeIt(namespace);
    assert.deepEqual(
      { ...made, searchAttributes: made.searchAttributes.toSorted() },
      { ...made, days: ours.retentionDays, searchAttributes: ['CustomerId', 'OrderId'] },
    );
    await configureTemporal({ address, namespace });
    assert.deepEqual(await describeIt(namespace), made);
  });

  it('brings the retention of a namespace that exists in line, and leaves the rest of it', async () => {
    const namespace = `test-${newId()}`;
    await configureTemporal({ address, namespace });
    const made = await describeIt(namespace);
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(DAY) },
    });
    assert.equal((await describeIt(namespace)).days, 1);
    await configureTemporal({ address, namespace });
    assert.deepEqual(await describeIt(namespace), made);
  });

  it('refuses a search attribute of another type, and names it and how to remove it', async () => {
    const namespace = `test-${newId()}`;
    await configureTemporal({ address, namespace });
    const { operatorService } = connection;
    await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['OrderId'] });
    // temporal.api.enums.v1.IndexedValueType: Text, in which a query finds words.
    await operatorService.addSearchAttributes({ namespace, searchAttributes: { OrderId: 1 } });
    await assert.rejects(
      configureTemporal({ address, namespace }),
      /^Error: the search attribute OrderId of the namespace \S+ must have the type Keyword: remove it \(temporal operator search-attribute remove/,
    );
    await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['OrderId'] });
    await configureTemporal({ address, namespace });
  });
});
