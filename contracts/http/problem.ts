import { PROBLEM_CODES } from './problem-codes.ts';
import type { FieldError, ProblemBody, ProblemCode } from './problem-codes.ts';

export interface ProblemOptions {
  /** For a person: what was wrong and what to do. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A request that is refused, for a reason that its client can read. Any other error is a bug or an outage. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  private readonly errors: readonly FieldError[] | undefined;

  constructor(code: ProblemCode, { detail, errors, headers = {}, cause }: ProblemOptions) {
    super(detail, { cause });
    this.code = code;
    this.headers = headers;
    this.errors = errors;
  }

  get status(): number {
    return PROBLEM_CODES[this.code].status;
  }

  toBody(requestId: string): ProblemBody {
    return {
      type: `urn:gozon:problem:${this.code}`,
      title: PROBLEM_CODES[this.code].title,
      status: this.status,
      code: this.code,
      detail: this.message,
      requestId,
      ...(this.errors && { errors: [...this.errors] }),
    };
  }
}
