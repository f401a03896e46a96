import { ApiProblem } from '#contracts/client/api-problem.ts';

/** A refusal or a failure in words for a person. The details of the API's problems are written for people. */
export function explainProblem(error: unknown): string {
  if (error instanceof ApiProblem) {
    return error.body.errors
      ? error.body.errors.map(({ field, message }) => `${field} ${message}`).join('. ')
      : error.body.detail;
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'No answer came in time.';
  return 'The shop cannot be reached. Are you connected?';
}
