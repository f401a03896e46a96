import assert from 'node:assert/strict';
import { PROBLEM_CODES } from '#contracts/http/problem-codes.ts';
import type { ProblemCode } from '#contracts/http/problem-codes.ts';
import { Problem } from '#contracts/http/problem.ts';

describe('a problem', () => {
  it('is an RFC 9457 body with a stable code, the request id and the fields that are wrong', () => {
    const errors = [{ field: 'amount', message: 'must be at least 1' }];
    const problem = new Problem('invalid_body', { detail: 'amount must be at least 1', errors });
    assert.deepEqual(problem.toBody('request-1'), {
      type: 'urn:gozon:problem:invalid_body',
      title: 'The body is not valid',
      status: 422,
      code: 'invalid_body',
      detail: 'amount must be at least 1',
      requestId: 'request-1',
      errors,
    });
  });

  it('names no fields when none is wrong, and never shows its cause', () => {
    const cause = new Error('password authentication failed for user "orders"');
    const body = new Problem('unavailable', { detail: 'The database is away.', cause }).toBody('r');
    assert.deepEqual(Object.keys(body).toSorted(), [
      'code',
      'detail',
      'requestId',
      'status',
      'title',
      'type',
    ]);
    assert.doesNotMatch(JSON.stringify(body), /password/);
  });

  it('has the status of its code, for every code', () => {
    for (const code of Object.keys(PROBLEM_CODES) as ProblemCode[]) {
      const problem = new Problem(code, { detail: 'why' });
      assert.equal(problem.status, PROBLEM_CODES[code].status);
      assert.ok(problem.status >= 400 && problem.status < 600);
      assert.ok(problem.toBody('r').title.length > 0);
    }
  });
});
