import type { ProblemBody, ProblemCode } from '@gozon/contracts/http/problem-codes';

/** A refusal that is not the API's, such as a proxy's own 503 while no gateway is there. */
export class ForeignRefusal extends Error {
  override readonly name = 'ForeignRefusal';
  readonly status: number;
  /** What Retry-After says, in ms. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: string, retryAfter: number | undefined) {
    super(`the reply was ${status} without a problem: ${body}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

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
