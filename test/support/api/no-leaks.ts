import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { System } from '#tools/testbed/system.ts';

/** What a caller has no business with: stacks, our files, addresses behind the door, words of the parts that failed. */
const INSIDE =
  /\n\s+at |node_modules|\.ts:\d|ECONN|socket hang up|postgres:|(?:127\.0\.0\.1|localhost):\d|kafkajs|kysely/i;

/** Asserts that a reply says nothing of what is inside. */
export function assertDiscreet({ secrets }: System, text: string): void {
  assert.doesNotMatch(text, INSIDE);
  for (const secret of Object.values(secrets)) assert.ok(!text.includes(secret), 'it tells a secret');
}

/** Asserts that no process of a system has logged any of its secrets, or any of these. */
export function assertLogsDiscreet({ settings, secrets }: System, more: readonly string[] = []): void {
  const files = readdirSync(settings.logs);
  assert.ok(files.length >= 7, 'every process has a log');
  for (const file of files) {
    const log = readFileSync(path.join(settings.logs, file), 'utf8');
    for (const secret of [...Object.values(secrets), ...more]) {
      assert.ok(!log.includes(secret), `${file} has a secret`);
    }
  }
}
