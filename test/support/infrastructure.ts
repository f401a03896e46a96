import path from 'node:path';
import { artifactFolder, artifactIn } from '#tools/stack/bootstrap/artifacts.js';
import { superuserUrl } from '#tools/stack/components/postgres.ts';
import { readSecrets } from '#tools/stack/settings/secrets.ts';
import type { Secrets } from '#tools/stack/settings/secrets.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';

/** The environment variable in which test/run.ts passes on what it started. */
export const INFRASTRUCTURE = 'GOZON_TEST_INFRASTRUCTURE';

/** What runs once for all tests. Leave it running: a test that breaks things brings its own (`startSystem`). */
export interface Infrastructure {
  readonly settings: Settings;
  readonly secrets: Secrets;
  /** As PostgreSQL's superuser, to the database `postgres`. */
  readonly superuserUrl: string;
  /** host:port */
  readonly kafka: string;
  /** host:port */
  readonly temporal: string;
  /** The program of the time-skipping test server, for `TestWorkflowEnvironment.createTimeSkipping`. */
  readonly temporalTestServer: string;
}

/** @throws Error when the tests were not started by `npm test` */
export function infrastructure(): Infrastructure {
  const text = process.env[INFRASTRUCTURE];
  if (!text)
    throw new Error('start the tests with npm test (npm test -- test/some.test.ts --grep "some words")');
  const settings = JSON.parse(text) as Settings;
  return {
    settings,
    secrets: readSecrets(settings),
    superuserUrl: superuserUrl(settings),
    kafka: `${LOOPBACK}:${settings.ports.KAFKA_PORT}`,
    temporal: `${LOOPBACK}:${settings.ports.TEMPORAL_PORT}`,
    temporalTestServer: path.join(
      artifactFolder(artifactIn('temporal-test-server-1.40.0')),
      'bin/temporal-test-server',
    ),
  };
}

/** Where `startSystem` puts the homes of its systems. */
export function systemsFolder({ home }: Pick<Settings, 'home'>): string {
  return path.join(home, 'systems');
}
