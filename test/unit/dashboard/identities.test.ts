import assert from 'node:assert/strict';
import { identityFromToken, newIdentity } from '../../../dashboard/identity/identities.ts';

describe('the identity of a token', () => {
  const tokenOf = (claims: object) =>
    ['{}', JSON.stringify(claims), ''].map((part) => Buffer.from(part).toString('base64url')).join('.');
  const sub = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';

  it('has the roles that the token has', () => {
    for (const roles of [[], ['operator'], ['merchant'], ['merchant', 'operator']]) {
      const identity = identityFromToken(tokenOf({ sub, roles }));
      assert.equal(identity?.operator, roles.includes('operator'));
      assert.equal(identity?.merchant, roles.includes('merchant'));
    }
  });

  it('has no role without a list of them', () => {
    for (const roles of [undefined, 'merchant', { merchant: true }]) {
      const identity = identityFromToken(tokenOf({ sub, roles }));
      assert.deepEqual([identity?.operator, identity?.merchant], [false, false]);
    }
  });

  it('has every role in development, which trusts anybody', () => {
    const { operator, merchant } = newIdentity();
    assert.deepEqual([operator, merchant], [true, true]);
  });
});
