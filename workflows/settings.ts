import { z } from 'zod';
import { kafkaSettings } from '#platform/kafka/settings.ts';
import { databaseUrl } from '#platform/postgres/settings.ts';
import { processSettings } from '#platform/process/process-settings.ts';
import { count, days, flag, httpUrl, seconds } from '#platform/process/settings.ts';
import { temporalSettings } from '#temporal-config/access.ts';
import { payloadKeysSetting } from '#temporal-config/payload-keys.ts';
import { versionSettings } from './worker-version.ts';

/** How many workflows a worker keeps in memory, by default. */
export const CACHED_WORKFLOWS = 1_000;

export const workflowsSettings = processSettings.extend({
  ORDERS_DATABASE_URL: databaseUrl,
  PAYMENTS_DATABASE_URL: databaseUrl,
  ...kafkaSettings,
  ORDERS_URL: httpUrl,
  PAYMENTS_URL: httpUrl,
  ...temporalSettings,
  PAYLOAD_KEYS: payloadKeysSetting,
  ...versionSettings,
  /** A file that deploy/bundle-workflows.ts wrote; the code is bundled at the start otherwise. */
  WORKFLOW_BUNDLE: z.string().optional(),
  /** Who finds workflow code that does not end: one timer of the process, or the SDK in each call. See workflow-thread.ts. */
  WORKFLOW_WATCHDOG: z.enum(['thread', 'call'], { error: 'must be thread or call' }).default('thread'),
  /** How many workflows the worker keeps in memory. A step of any other replays its history first. */
  WORKFLOW_CACHE: count.default(CACHED_WORKFLOWS),
  /** Whether the thread of the workflows keeps where each waits, for the Web UI. */
  WORKFLOW_STACK_TRACES: flag,
  RECONCILE_EVERY: seconds.default(600),
  RECONCILE_DAYS: days.default(2),
});
