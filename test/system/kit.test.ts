import assert from 'node:assert/strict';
import { Client } from 'pg';
import { createScratchDatabase } from '../kit/databases.ts';

describe('the kit', () => {
  it('gives a database of its own', async () => {
    await using orders = await createScratchDatabase('orders');
    const client = new Client({ connectionString: orders.workflowsUrl });
    await client.connect();
    const { rows } = await client.query('select count(*)::int as n from outbox');
    await client.end();
    assert.deepEqual(rows, [{ n: 0 }]);
  });
});
