/** A set-up step that failed for a reason outside it. The message is one sentence, which names the address if there is one. */
export class SetUpError extends Error {
  override readonly name = 'SetUpError';
}
