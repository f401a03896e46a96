import type { ProblemBody, ProblemCode } from '../http/problem-codes.ts';

/** The API refused: the reply was application/problem+json. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: ProblemCode;
  readonly body: ProblemBody;
  /** What Retry-After says, in ms. */
  readonly retryAfter: number | undefined;

  constructor(body: ProblemBody, retryAfter: number | undefined) {
    super(`${body.status} ${body.code}: ${body.detail}`);
    this.status = body.status;
    this.code = body.code;
    this.body = body;
    this.retryAfter = retryAfter;
  }
}
