import assert from 'node:assert/strict';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import type { System } from '#tools/testbed/system.ts';

/** An operator's command, as from a terminal. */
export async function runOperator(system: System, command: 'reconcile' | 'redrive', ...words: string[]) {
  const gateway = system.service('gateway').url;
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [`tools/operator/${command}.ts`, '--gateway', gateway, ...words],
    { cwd: CHECKOUT, reject: false },
  );
  return { exitCode, stdout, stderr };
}

/** `npm run reconcile -- --dry-run` over all orders: its exit code, and what it says of each order that contradicts. */
export async function lookForContradictions(system: System) {
  const words = ['--json', '--restart', '--dry-run'];
  const { exitCode, stdout, stderr } = await runOperator(system, 'reconcile', ...words);
  assert.ok(stdout, stderr);
  const { findings } = JSON.parse(stdout) as { findings: { orderId: string; detail: string }[] };
  return {
    exitCode,
    contradictions: Object.fromEntries(findings.map(({ orderId, detail }) => [orderId, detail])),
  };
}
