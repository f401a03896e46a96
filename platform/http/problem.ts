import { PROBLEMS } from '#contracts/http/problem.ts';
import type { ProblemBody, ProblemCode } from '#contracts/http/problem.ts';

export interface ProblemDetails {
  /** For a person: what was wrong and what to do. */
  readonly detail: string;
  readonly errors?: ProblemBody['errors'];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A request that is refused, by a rule the caller can read. Anything else that is thrown is a bug or an outage. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, details: ProblemDetails) {
    super(details.detail, { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  toBody(requestId: string): ProblemBody {
    return {
      type: `urn:gozon:problem:${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      code: this.code,
      detail: this.details.detail,
      requestId,
      ...(this.details.errors && { errors: this.details.errors }),
    };
  }
}
