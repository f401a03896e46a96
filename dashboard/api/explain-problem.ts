import { ApiProblem } from '@gozon/client';

/** A refusal or a failure in words for a person. The details of the API's problems are written for people. */
export function explainProblem(error: unknown): string {
  if (error instanceof ApiProblem) {
    // Its detail is for programs, in minor units.
    if (OF_AMOUNTS.has(error.code)) return `${error.body.title}.`;
    return error.body.errors
      ? error.body.errors.map(({ field, message }) => `${field} ${message}`).join('. ')
      : error.body.detail;
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'No answer came in time.';
  return 'The shop cannot be reached. Are you connected?';
}

const OF_AMOUNTS: ReadonlySet<string> = new Set(['capture_exceeds_hold', 'refund_exceeds_captured']);
