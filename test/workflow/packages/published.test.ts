import assert from 'node:assert/strict';
import { newId } from '#contracts/values/ids.ts';
import { createEmptyDatabase } from '#test/support/databases.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { installPackages } from '#test/support/packages/install-packages.ts';
import { openDevServer } from '#test/support/workflow/dev-server.ts';

describe('the packages as they are published', function () {
  this.timeout(300_000);

  it('start a workflow from a transaction, once for an Idempotency-Key, in a service elsewhere', async () => {
    await using database = await createEmptyDatabase();
    await using server = await openDevServer();
    using installed = await installPackages();
    const printed = await installed.run('invite-guests', {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: infrastructure().temporal,
      NAMESPACE: server.namespace,
      WORKFLOW_ID: `welcome-${newId()}`,
    });
    assert.deepEqual(printed, {
      first: { reply: { invited: 'Ada' }, replayed: false },
      repeat: { reply: { invited: 'Ada' }, replayed: true },
      otherIsRefused: true,
      started: 'welcome',
      guests: 1,
      stripsTypes: false,
    });
  });
});
