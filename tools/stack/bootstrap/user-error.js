/** What the user can mend. Its message is one sentence that says what to do; it is printed without a stack trace. */
export class UserError extends Error {
  /** @override */
  name = 'Trouble';
}

/**
 * Prints a trouble as its sentence and anything else (a bug) whole, and sets the exit code.
 * @param {unknown} error
 */
export function report(error) {
  console.error(error instanceof UserError ? `\n${error.message}` : error);
  process.exitCode = 1;
}
