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
