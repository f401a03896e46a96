import { DEAD_LETTER_HEADERS, TRUNCATED_FROM_HEADER } from '#contracts/events/dead-letters.ts';
import type { DeadLetterCode } from '#contracts/events/dead-letters.ts';
import type { Message, OutgoingMessage } from '#platform/kafka/connect.ts';
import { sizeOf } from '#platform/kafka/in-chunks.ts';

/**
 * The most bytes of its message that a dead letter holds: a fourth of what a broker takes by default. A compressed
 * message may be a thousand times as large as what was transmitted, and a dead letter that the broker refuses would
 * hold up its partition.
 */
const MAX_SIZE = 256 * 1024;
/** kafkajs needs the square of a key's length to hash it: 250 KB hold up the process for 20 s. */
const MAX_KEY = 1_024;
const MAX_TRUNCATED_VALUE = MAX_SIZE - MAX_KEY;

/** In characters. */
const MAX_REASON = 1_000;

/** Why a message can never be applied: for programs, and in words for a person. */
export interface Fault {
  readonly code: DeadLetterCode;
  readonly reason: string;
}

/**
 * A message that can never be applied, with why and from where. If it or its key is too large, the dead letter holds the
 * beginning of key and value without the headers, and says how many bytes the value had.
 */
export function toDeadLetter(message: Message, { code, reason }: Fault): OutgoingMessage {
  const { topic, partition, offset, key, value, headers } = message;
  const added = {
    [DEAD_LETTER_HEADERS.code]: code,
    [DEAD_LETTER_HEADERS.reason]: reason.slice(0, MAX_REASON),
    [DEAD_LETTER_HEADERS.source]: `${topic}/${partition}/${offset}`,
  };
  const fits = sizeOf(message) <= MAX_SIZE && Buffer.byteLength(key ?? '') <= MAX_KEY;
  if (fits) return { key, value, headers: { ...headers, ...added } };
  return {
    key: key && Buffer.from(key).subarray(0, MAX_KEY).toString(),
    value: value && value.subarray(0, MAX_TRUNCATED_VALUE),
    headers: { [TRUNCATED_FROM_HEADER]: String(value?.length ?? 0), ...added },
  };
}
