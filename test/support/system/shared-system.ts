import type { System } from '#tools/testbed/system.ts';
import { startTestSystem } from './test-system.ts';

let shared: Promise<System> | undefined;

/** The system that all tests share; after each test its links are healed and its parts run, whatever the test did. */
export function withSharedSystem(): () => System {
  let system: System;
  before('the shared system is up', async function () {
    this.timeout(120_000);
    system = await (shared ??= startTestSystem());
  });
  afterEach('the shared system is whole', async function () {
    this.timeout(90_000);
    await system.repair();
  });
  return () => system;
}

after('the shared system goes', async function () {
  this.timeout(30_000);
  // Whether it came up is told where it was needed.
  const system = await shared?.catch(() => {});
  await system?.[Symbol.asyncDispose]();
});
