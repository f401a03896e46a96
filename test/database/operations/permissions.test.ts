import { assertAllowed, assertDenied } from '#test/support/assert-denied.ts';
import { createScratchDatabase } from '#test/support/databases.ts';
import type { ScratchDatabase } from '#test/support/databases.ts';

describe('the audit in the payments database', () => {
  let scratch: ScratchDatabase;
  before(async () => {
    scratch = await createScratchDatabase('payments');
  });
  after(async () => scratch[Symbol.asyncDispose]());

  it('may read balances, postings, holds and refunds, and write nothing', async () => {
    await assertAllowed(scratch.workflowsUrl, [
      'select * from accounts_to_audit',
      'select * from postings_to_audit',
      'select * from holds_to_reconcile',
      'select * from refunds_to_reconcile',
    ]);
    await assertDenied(scratch.workflowsUrl, [
      'update accounts_to_audit set balance = 0',
      'delete from postings_to_audit',
      'update holds_to_reconcile set captured = 0',
      'delete from refunds_to_reconcile',
      'select from accounts',
      'select from postings',
      'select from holds',
      'select from refunds',
    ]);
  });
});
