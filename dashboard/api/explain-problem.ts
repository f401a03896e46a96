import { ApiProblem } from '#contracts/client/api-problem.ts';

/** A refusal or a failure as a person reads it. The API's own words are written for people, so they are shown. */
export function explainProblem(error: unknown): string {
  if (error instanceof ApiProblem) {
    return error.body.errors
      ? error.body.errors.map(({ field, message }) => `${field} ${message}`).join('. ')
      : error.body.detail;
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'No answer came in time.';
  return 'The shop cannot be reached. Are you connected?';
}
