import assert from 'node:assert/strict';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { execa } from 'execa';
import { newId } from '#contracts/values/ids.ts';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { namespace as ours } from '#temporal-config/namespace.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { findFreePorts } from '#tools/stack/settings/ports.ts';

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
      /^SetUpError: the search attribute OrderId of the namespace \S+ must have the type Keyword: remove it \(temporal operator search-attribute remove/,
    );
    await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['OrderId'] });
    await configureTemporal({ address, namespace });
  });

  it('ends with one sentence and exit code 1 while Temporal is away', async () => {
    const [port = 0] = await findFreePorts(1);
    const away = `127.0.0.1:${port}`;
    const { exitCode, stdout, stderr } = await execa(process.execPath, ['deploy/set-up-temporal.ts'], {
      cwd: CHECKOUT,
      env: { TEMPORAL_ADDRESS: away },
      extendEnv: false,
      reject: false,
    });
    assert.deepEqual(
      { exitCode, stdout, stderr },
      {
        exitCode: 1,
        stdout: '',
        stderr: `set-up-temporal: Temporal at ${away}: Failed to connect before the deadline`,
      },
    );
  }).timeout(60_000);
});
