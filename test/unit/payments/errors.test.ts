import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DECIDED_OTHERWISE, NOT_ALLOWED, NOT_SIGNED_BY_ORDERS, REFUSALS } from '#payments/errors.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

describe('the errors of payments', () => {
  it('cover each SQLSTATE that its database functions raise, and no other', () => {
    const schema = readFileSync(path.join(CHECKOUT, 'payments/schema.sql'), 'utf8');
    const raised = [...schema.matchAll(/errcode = '(\w+)'/g)].map(([, code]) => code);
    assert.deepEqual(
      new Set(raised),
      new Set([...Object.keys(REFUSALS), DECIDED_OTHERWISE, NOT_ALLOWED, NOT_SIGNED_BY_ORDERS]),
    );
  });
});
