import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { grpcStatus } from '@gozon/temporal-outbox';
import { status } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createAuthority } from '#test/support/access/certificates.ts';
import { openKeyProxy } from '#test/support/access/tls-proxy.ts';
import type { KeyProxy } from '#test/support/access/tls-proxy.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openRelayRig } from '#test/support/workflow/relay-rig.ts';
import type { RelayRig } from '#test/support/workflow/relay-rig.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import { createGetRuns } from '#workflows/runs/get-runs.ts';

const [FIRST, SECOND] = ['the-first-key', 'the-second-key'] as const;

describe('an API key of Temporal', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gozon-'));
  const stack = new AsyncDisposableStack();
  let rig: RelayRig;
  let proxy: KeyProxy;
  let tls: { serverRootCACertificate: Uint8Array };

  before(async () => {
    stack.defer(() => rmSync(folder, { recursive: true }));
    rig = stack.use(await openRelayRig());
    const authority = await createAuthority('Authority of tests');
    const identity = await authority.issue('temporal', { names: ['localhost'] });
    proxy = stack.use(await openKeyProxy(infrastructure().temporal, identity, FIRST));
    tls = { serverRootCACertificate: Buffer.from(authority.cert) };
  });

  after(async () => stack.disposeAsync());

  it('may be renewed in its file while payments go on, on every connection of the process', async () => {
    const apiKeyFile = path.join(folder, 'key');
    const mount = mountSecret(folder, 'key');
    mount(FIRST);
    const access = { address: proxy.address, tls, apiKey: FIRST, apiKeyFile };
    await using getRuns = createGetRuns({
      access,
      namespace: rig.server.namespace,
      log: createLogger('test', 'silent'),
    });
    await rig.run({ access }, async () => {
      const [orderId = ''] = await rig.place(1);
      await rig.untilDispatched([orderId]);
      assert.equal((await getRuns([paymentWorkflowId(orderId)])).length, 1);

      // At once, so that what still has the old key is refused. Temporal Cloud knows both for a time.
      proxy.accept(SECOND);
      mount(SECOND);
      await assert.rejects(
        Connection.connect({ address: proxy.address, tls, apiKey: FIRST }),
        (error) => grpcStatus(error) === status.UNAUTHENTICATED,
      );
      await rig.untilDispatched(await rig.place(5));
      const runs = await eventually('the runs to be found with the new key', async () =>
        getRuns([paymentWorkflowId(orderId)]),
      );
      assert.equal(runs.length, 1);
      proxy.accept(SECOND);
      await rig.untilDispatched(await rig.place(5));
      assert.equal(proxy.refused, 0, 'something still has the old key');
    });
  });

  it('that is wrong makes payments wait, and readiness says that it is', async () => {
    proxy.accept(SECOND);
    const access = { address: proxy.address, tls, apiKey: FIRST };
    await rig.run({ access }, async ({ health }) => {
      await eventually('the worker to say why', async () => {
        const { roles } = await health.report();
        const said = JSON.stringify(roles);
        assert.match(said, /Request unauthorized/);
        assert.doesNotMatch(said, new RegExp(FIRST));
        return true;
      });
    });
  });
});

/** As Kubernetes mounts a secret: the file is a link through a folder that is another one at each change. */
function mountSecret(folder: string, name: string): (text: string) => void {
  let version = 0;
  return (text) => {
    version += 1;
    const data = path.join(folder, '..data');
    const holder = mkdtempSync(path.join(folder, `..${version}-`));
    writeFileSync(path.join(holder, name), text);
    symlinkSync(holder, `${data}.next`);
    renameSync(`${data}.next`, data);
    if (version === 1) symlinkSync(path.join(data, name), path.join(folder, name));
  };
}
