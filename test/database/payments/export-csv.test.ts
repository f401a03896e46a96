import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { newId } from '#contracts/values/ids.ts';
import { exportStatement } from '#payments/account/export-statement.ts';
import { getStatement } from '#payments/account/get-statement.ts';
import { exportSettlements } from '#payments/settlement/export-settlements.ts';
import { takeTurns } from '#payments/take-turns.ts';
import { openClient } from '#test/support/database/open-client.ts';
import { openLedger } from '#test/support/database/payments-database.ts';
import type { Ledger } from '#test/support/database/payments-database.ts';
import { isProblem } from '#test/support/is-problem.ts';

/** More than a page, and so many that a list of them in memory would be seen. */
const ROWS = 50_000;

describe('an account’s movements and what was settled, as CSV', function () {
  this.timeout(60_000);
  let ledger: Ledger;
  const userId = newId();
  const began = new Date('2026-01-01T00:00:00Z');
  const ended = new Date('2026-02-01T00:00:00Z');
  before(async () => {
    ledger = await openLedger();
    await sql`insert into accounts (user_id, currency, balance) values (${userId}, 'EUR', 7)`.execute(
      ledger.db,
    );
    // A microsecond apart, several at the same one, all within the first second of the period.
    // A microsecond apart, several at the same one.
    const client = await openClient(ledger.url);
    await client.query(
      `with placed as (
        select n, gen_random_uuid() as order_id, $1::timestamptz + (n / 3) * interval '1 microsecond' as at
        from generate_series(1, $2::integer) as n
      ),
      decided as (
        insert into decisions (order_id, user_id, amount, currency, outcome)
        select order_id, $3::uuid, 5, 'EUR', 'completed' from placed
      )
      insert into postings (transfer_id, kind, account, user_id, order_id, amount, balance_after, created_at)
      select uuidv7(), 'debit', account, $3::uuid, order_id, amount, balance_after, at
      from placed, (values ('customer', -5, 7), ('sales', 5, null)) as side (account, amount, balance_after)
      order by n`,
      [began, ROWS, userId],
    );
    await client.end();
  });
  after(async () => ledger[Symbol.asyncDispose]());

  const turns = takeTurns(new AbortController().signal);
  const parse = (csv: string) => csv.split('\r\n').map((line) => line.split(','));

  it('have the statement’s movements, each once, newest first, with the currency', async () => {
    const lines = parse(await text(await exportStatement(ledger.db, userId, turns)));
    assert.deepEqual(lines[0], [
      'postingId',
      'createdAt',
      'kind',
      'orderId',
      'amount',
      'balanceAfter',
      'currency',
      'currencyDigits',
    ]);
    assert.deepEqual(lines.at(-1), ['']);
    const rows = lines.slice(1, -1);
    assert.equal(new Set(rows.map(([postingId]) => postingId)).size, ROWS);
    const { items } = await getStatement(ledger.db, { userId, limit: 100 });
    assert.deepEqual(
      rows.slice(0, 100),
      items.map(({ postingId, createdAt, kind, orderId, amount, balanceAfter }) => [
        postingId,
        createdAt,
        kind,
        orderId ?? '',
        amount.toString(),
        balanceAfter.toString(),
        'EUR',
        '2',
      ]),
    );
  });

  it('have each settlement of the period once, also of the same microsecond, and of no other time', async () => {
    const settled = async (from: Date, to: Date) =>
      parse(await text(exportSettlements(ledger.db, { caller: userId, from, to }, turns))).slice(1, -1);
    const rows = await settled(began, ended);
    assert.equal(new Set(rows.map(([, , orderId]) => orderId)).size, ROWS);
    assert.equal(rows.length, ROWS);
    const { rows: sums } = await sql<{ sum: string }>`
      select sum(amount)::text as sum from postings where account = 'sales'`.execute(ledger.db);
    assert.equal(
      rows.reduce((sum, [, , , , , amount = '']) => sum + BigInt(amount), 0n).toString(),
      sums[0]?.sum,
    );
    const times = rows.map(([at = '']) => at);
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one.localeCompare(other)),
    );
    assert.deepEqual(await settled(ended, new Date('2026-03-01T00:00:00Z')), []);
    assert.deepEqual(await settled(new Date('2025-12-01T00:00:00Z'), began), []);
  });

  it('hold few rows in memory, and one session of the database for a user, however many are exported', async () => {
    const exports = await Promise.all(
      Array.from({ length: 3 }, async () => exportStatement(ledger.db, userId, turns)),
    );
    let most = 0;
    let rows = 0;
    await Promise.all(
      exports.map(async (stream) => {
        for await (const chunk of stream) {
          // What is read ahead of the client. A row has some 120 bytes.
          most = Math.max(most, stream.readableLength);
          rows += String(chunk).split('\r\n').length - 1;
        }
      }),
    );
    assert.equal(rows, exports.length * (ROWS + 1));
    assert.ok(most < 500_000, `${most} bytes waited to be sent`);
  });

  it('need an account', async () => {
    await assert.rejects(exportStatement(ledger.db, newId(), turns), isProblem('account_not_found'));
  });

  it('break off when the process stops', async () => {
    const stop = new AbortController();
    const stream = await exportStatement(ledger.db, userId, takeTurns(stop.signal));
    await assert.rejects(async () => {
      for await (const _ of stream) stop.abort();
    }, isProblem('unavailable'));
  });
});
