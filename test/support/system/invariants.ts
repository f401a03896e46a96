import assert from 'node:assert/strict';
import { checkInvariants } from '#tools/invariants/check-invariants.ts';
import { outcomeOf } from '#tools/invariants/check-result.ts';
import { countPending } from '#tools/load/generate/decisions.queries.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';

/** In ms. Longer than `DECIDED_WITHIN`, since a test that failed may have left more behind. */
const AT_REST_WITHIN = 150_000;

/**
 * Holds the whole system against its invariants when the tests of the `describe` are done: once, since the check goes
 * over everything that the system ever did. It names the orders that break one.
 */
export function checkInvariantsAfterwards(system: () => System): void {
  after('every invariant holds', async function () {
    this.timeout(AT_REST_WITHIN + 60_000);
    await untilAtRest(system());
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

/**
 * Tests may end with orders under way; these are not yet what the invariants are about. No sweep finishes them: see
 * `tellNoRepair`.
 */
async function untilAtRest({ databases }: System): Promise<void> {
  await eventually(
    'every order to be decided and the outbox to be drained',
    async () => (await countPending(databases.orders)) === 0,
    { within: AT_REST_WITHIN },
  );
}
