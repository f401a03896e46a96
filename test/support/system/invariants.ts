import assert from 'node:assert/strict';
import { checkInvariants } from '#tools/invariants/check-invariants.ts';
import { outcomeOf } from '#tools/invariants/check-result.ts';
import type { System } from '#tools/testbed/system.ts';

/**
 * Holds the whole system against its invariants when the tests of the `describe` are done: once, since the check goes over
 * everything that the system ever did. It names the orders that break one.
 */
export function checkInvariantsAfterwards(system: () => System): void {
  after('every invariant holds', async function () {
    this.timeout(60_000);
    await assertInvariants(system());
  });
}

export async function assertInvariants({ databases, kafkaOptions: kafka }: System): Promise<void> {
  const results = await checkInvariants({ databases, kafka });
  assert.deepEqual(
    results.filter((result) => outcomeOf(result) === 'broken'),
    [],
  );
}
