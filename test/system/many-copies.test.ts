import assert from 'node:assert/strict';
import { untilRightlyDecided, DECIDED_WITHIN } from '#test/support/system/decided.ts';
import { startPosting } from '#test/support/system/posting.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';

describe('two copies of orders and two of workflows, started at once on an empty schema', function () {
  this.timeout(DECIDED_WITHIN + 120_000);

  it('come up together and share the work', async () => {
    await using system = await startTestSystem({ copies: { orders: 2, workflows: 2 } });
    const posting = await startPosting(system);
    await posting.more(100);
    await untilRightlyDecided(system, await posting.stop());
    const copies = system.copiesOf('workflows');
    const starts = await Promise.all(copies.map(async ({ url }) => countOf(url, 'relay_starts_total')));
    const applied = await Promise.all(
      system.copiesOf('orders').map(async ({ url }) => countOf(url, 'orders_payment_events_total')),
    );
    assert.equal(starts.length, 2);
    assert.equal(applied.length, 2);
    assert.ok(
      [...starts, ...applied].every((count) => count > 0),
      `starts ${starts.join(' and ')}, events applied ${applied.join(' and ')}`,
    );
  });
});

/** The sum of a counter over its labels. */
async function countOf(url: string, counter: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const values = metrics.split('\n').filter((line) => line.startsWith(`${counter}{`));
  return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
