import assert from 'node:assert/strict';
import type pg from 'pg';
import { newId } from '#contracts/values/ids.ts';
import { getAccount } from '#payments/account/get-account.ts';
import { getStatement } from '#payments/account/get-statement.ts';
import { topUpAccount } from '#payments/account/top-up-account.ts';
import { debitAccount } from '#payments/payment/debit-account.ts';
import { getDecision } from '#payments/payment/get-decision.ts';
import { blocksRead } from '#test/support/database/blocks-read.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { payWish } from '#test/support/database/signing.ts';

const OF_GREEDY = 1_000_000;
/** All newer than each of the greedy user's. */
const OF_OTHER = 200_000;
/** For a page of 20. A scan of either user's rows touches thousands. */
const MOST_BLOCKS = 300;

describe('each request of payments reads a bounded number of blocks', function () {
  this.timeout(300_000);
  let ledger: Ledger;
  let client: pg.Client;
  let greedy: string;
  before(async () => {
    ledger = await openLedger();
    client = await openClient(ledger.url);
    greedy = await ledger.openAccount(1n);
    const other = await ledger.openAccount(1n);
    // Foreign keys add nothing here but time. Statistics are those that the test makes.
    await client.query(`
      alter table postings drop constraint postings_user_id_fkey;
      alter table postings set (autovacuum_enabled = off)`);
    await insertPostings(other, OF_GREEDY + 1, OF_GREEDY + OF_OTHER);
    await client.query('analyze');
    await insertPostings(greedy, 1, OF_GREEDY);
  });
  after(async () => {
    await client.end();
    await ledger[Symbol.asyncDispose]();
  });

  /** Top-ups with the ids from 1,000 on. */
  async function insertPostings(userId: string, from: number, to: number) {
    await client.query(
      `insert into postings (posting_id, transfer_id, kind, account, user_id, amount, balance_after)
        overriding system value
        select 1000 + n, gen_random_uuid(), 'top_up', 'customer', $1, 1, n
        from generate_series($2::integer, $3::integer) as n`,
      [userId, from, to],
    );
  }

  const orderId = newId();
  const requests: Record<string, () => Promise<unknown>> = {
    'a page of the statement': async () => getStatement(ledger.db, { userId: greedy, limit: 20 }),
    'a page of the statement from far down': async () =>
      getStatement(ledger.db, { userId: greedy, limit: 20, cursor: String(OF_GREEDY / 4) }),
    'the account': async () => getAccount(ledger.db, greedy),
    'a top-up': async () => topUpAccount(ledger.db, { userId: greedy, amount: 1n, idempotency: undefined }),
    'a debit': async () =>
      debitAccount(ledger.db, payWish({ orderId, userId: greedy, amount: 1n, currency: 'EUR' })),
    'a decision': async () => getDecision(ledger.db, greedy, orderId),
  };
  const assertBounded = async () => {
    for (const [name, request] of Object.entries(requests)) {
      const blocks = await blocksRead(ledger.url, request);
      assert.ok(blocks <= MOST_BLOCKS, `${name} touched ${blocks} blocks`);
    }
  };

  it('for a user with a million postings of whom the statistics know nothing yet', assertBounded);

  it('for a user with most of all postings, each older than any of the others', async () => {
    await client.query('analyze');
    await assertBounded();
  });
});
