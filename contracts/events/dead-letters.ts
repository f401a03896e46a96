/** Why a message can never be applied. Programs decide by this code. */
export const DEAD_LETTER_CODES = [
  'not_json',
  'not_a_payment_event',
  'not_signed_by_payments',
  'unknown_order',
  'refused_by_database',
] as const;

export type DeadLetterCode = (typeof DEAD_LETTER_CODES)[number];

/** The headers that orders adds to a message when it moves it to the dead-letter topic. A redrive takes them off. */
export const DEAD_LETTER_HEADERS = {
  /** A {@link DeadLetterCode}. Dead letters from before there were codes have none. */
  code: 'dead-letter-code',
  /** The reason in words, for a person. */
  reason: 'dead-letter-reason',
  /** Where the message was: topic/partition/offset. */
  source: 'dead-letter-source',
} as const;

/**
 * How many bytes the value of a truncated message had. A redrive leaves this header, so that a dead letter that comes
 * back still has it.
 */
export const TRUNCATED_FROM_HEADER = 'truncated-from';

/** Why a message is a dead letter; undefined when its headers do not tell. */
export function deadLetterCodeOf(
  headers: Readonly<Record<string, { toString(): string } | undefined>>,
): DeadLetterCode | undefined {
  const code = headers[DEAD_LETTER_HEADERS.code]?.toString();
  if (code !== undefined) return DEAD_LETTER_CODES.find((known) => known === code);
  // Before there were codes, only the words told.
  const reason = headers[DEAD_LETTER_HEADERS.reason]?.toString();
  return reason?.startsWith('the database refuses it') ? 'refused_by_database' : undefined;
}
