import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_AMOUNT } from '#contracts/values/money/money.ts';
import { leftToRefund } from '../../../dashboard/order-page/money/left-to-refund.ts';

describe('what of a payment is left to refund', () => {
  it('is all of it before there is a refund', () => {
    assert.equal(leftToRefund({ amountCaptured: 1_200n, amountRefunded: 0n }), 1_200n);
  });

  it('leaves out a refund that is under way, and counts a finished one once', () => {
    const refunds = [{ amount: 500n }, { amount: 300n }];
    assert.equal(leftToRefund({ amountCaptured: 1_200n, amountRefunded: 500n }, refunds), 400n);
  });

  it('leaves out what the order says before the list of refunds is read', () => {
    assert.equal(leftToRefund({ amountCaptured: 1_200n, amountRefunded: 500n }), 700n);
    assert.equal(leftToRefund({ amountCaptured: 1_200n, amountRefunded: 1_200n }, []), 0n);
  });

  it('is exact, never negative and never more than was captured', () => {
    const amount = fc.bigInt({ min: 0n, max: MAX_AMOUNT });
    fc.assert(
      fc.property(amount, amount, fc.array(amount), (amountCaptured, amountRefunded, amounts) => {
        const left = leftToRefund(
          { amountCaptured, amountRefunded },
          amounts.map((one) => ({ amount: one })),
        );
        assert.ok(left >= 0n && left <= amountCaptured);
        const asked = amounts.reduce((sum, one) => sum + one, 0n);
        if (asked >= amountRefunded && asked <= amountCaptured) assert.equal(left + asked, amountCaptured);
      }),
    );
  });
});
