import type { ProblemCode } from '#contracts/http/problem-codes.ts';
import { Problem } from '#contracts/http/problem.ts';

/** For assert.rejects: whether what was thrown is the Problem with this code. */
export function isProblem(code: ProblemCode): (error: unknown) => boolean {
  return (error) => error instanceof Problem && error.code === code;
}
