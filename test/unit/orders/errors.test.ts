import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NOT_SIGNED_BY_PAYMENTS, REFUSALS, TOO_MANY_UNDECIDED } from '#orders/errors.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

describe('the errors of orders', () => {
  it('cover each SQLSTATE that its database functions raise, and no other', () => {
    const schema = readFileSync(path.join(CHECKOUT, 'orders/schema.sql'), 'utf8');
    const raised = [...schema.matchAll(/errcode = '(\w+)'/g)].map(([, code]) => code);
    assert.deepEqual(
      new Set(raised),
      new Set([...Object.keys(REFUSALS), NOT_SIGNED_BY_PAYMENTS, TOO_MANY_UNDECIDED]),
    );
  });
});
