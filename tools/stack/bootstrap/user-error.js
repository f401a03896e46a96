/** An error that the user can fix. Its message says what to do; it is printed without a stack trace. */
export class UserError extends Error {
  /** @override */
  name = 'UserError';
}

/**
 * Prints a user error as its message, anything else (a bug) with its stack, and sets the exit code.
 * @param {unknown} error
 */
export function report(error) {
  console.error(error instanceof UserError ? `\n${error.message}` : error);
  process.exitCode = 1;
}
