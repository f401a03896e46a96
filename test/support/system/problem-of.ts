import assert from 'node:assert/strict';
import type { ApiReply } from '@gozon/client';
import type { ProblemBody } from '#contracts/http/problem-codes.ts';

/** The problem that a refusal carries. */
export function problemOf(reply: ApiReply): ProblemBody {
  assert.equal(reply.headers['content-type'], 'application/problem+json');
  const problem = reply.body as ProblemBody;
  assert.equal(problem.status, reply.status);
  return problem;
}
