import assert from 'node:assert/strict';
import { z } from 'zod';
import { readConfig } from '#platform/process/config.ts';
import { versionSettings, workerVersion } from '#workflows/worker-version.ts';

const read = (environment: NodeJS.ProcessEnv) =>
  workerVersion(readConfig(z.object(versionSettings), environment));

describe('the version of a worker', () => {
  it('is none when it is not set, or empty', () => {
    assert.equal(read({}), undefined);
    assert.equal(read({ TEMPORAL_DEPLOYMENT_NAME: '', TEMPORAL_WORKER_BUILD_ID: '' }), undefined);
  });

  it('is the build of a deployment', () => {
    assert.deepEqual(read({ TEMPORAL_DEPLOYMENT_NAME: 'payments', TEMPORAL_WORKER_BUILD_ID: '0.2.0' }), {
      deploymentName: 'payments',
      buildId: '0.2.0',
    });
  });

  it('is refused when half of it is set, by the other half', () => {
    assert.throws(() => read({ TEMPORAL_DEPLOYMENT_NAME: 'payments' }), {
      message: 'Settings are wrong. TEMPORAL_WORKER_BUILD_ID: is required with TEMPORAL_DEPLOYMENT_NAME.',
    });
    assert.throws(() => read({ TEMPORAL_WORKER_BUILD_ID: '0.2.0' }), {
      message: 'Settings are wrong. TEMPORAL_DEPLOYMENT_NAME: is required with TEMPORAL_WORKER_BUILD_ID.',
    });
  });
});
