import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { System } from '#tools/testbed/system.ts';

/** Internals that no client may see: stack traces, file names, internal addresses, messages of libraries. */
const INSIDE =
  /\n\s+at |node_modules|\.ts:\d|ECONN|socket hang up|postgres:|(?:127\.0\.0\.1|localhost):\d|kafkajs|kysely/i;

/** Asserts that a reply reveals no internals. */
export function assertNoLeaks({ secrets }: System, text: string): void {
  assert.doesNotMatch(text, INSIDE);
  for (const secret of Object.values(secrets)) assert.ok(!text.includes(secret), 'it contains a secret');
}

/** Asserts that no process of a system has logged any of its secrets, or any of `more`. */
export function assertNoSecretsInLogs({ settings, secrets }: System, more: readonly string[] = []): void {
  const files = readdirSync(settings.logs);
  assert.ok(files.length >= 7, 'every process has a log');
  for (const file of files) {
    const log = readFileSync(path.join(settings.logs, file), 'utf8');
    for (const secret of [...Object.values(secrets), ...more]) {
      assert.ok(!log.includes(secret), `${file} has a secret`);
    }
  }
}
