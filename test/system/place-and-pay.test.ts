import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../kit/eventually.ts';
import { startSystem, type System } from '../kit/system.ts';

describe('an order', () => {
  let system: System;
  before(async function () {
    this.timeout(90_000);
    system = await startSystem();
  });
  after(async () => system[Symbol.asyncDispose]());

  it('is paid from the account', async () => {
    const customer = system.client.as(randomUUID());
    await customer.openAccount();
    await customer.topUp(5_000n);
    const { orderId } = await customer.placeOrder({ amount: 1_999n });
    await eventually('the order to be paid', async () => (await customer.order(orderId)).status === 'paid');
    assert.equal((await customer.account()).balance, 3_001n);
  });
});
