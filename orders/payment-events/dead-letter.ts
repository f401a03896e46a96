import type { Message, OutgoingMessage } from '#platform/kafka/connect.ts';
import { sizeOf } from '#platform/kafka/in-chunks.ts';

/**
 * What a letter holds of its message, in bytes: a fourth of what a broker takes by default. A compressed message
 * may be a thousand times as large as what came over the line, and a letter that is refused would hold up its partition.
 */
const WHOLE = 256 * 1024;
/** To hash a key kafkajs takes the square of its length: 250 KB hold up the process for 20 s. */
const HEAD_OF_KEY = 1_024;
const HEAD_OF_VALUE = WHOLE - HEAD_OF_KEY;

/** Characters of a reason. */
const REASON = 1_000;

/**
 * A message that can never be applied, with why and from where. If it is too large, or its key is, the letter holds the
 * beginning of both without its headers; `truncated-from` then says how many bytes the value had. A redrive does not take
 * this header off, so that it is still there on a letter that comes back.
 */
export function toDeadLetter(message: Message, reason: string): OutgoingMessage {
  const { topic, partition, offset, key, value, headers } = message;
  const about = {
    'dead-letter-reason': reason.slice(0, REASON),
    'dead-letter-source': `${topic}/${partition}/${offset}`,
  };
  const isWhole = sizeOf(message) <= WHOLE && Buffer.byteLength(key ?? '') <= HEAD_OF_KEY;
  if (isWhole) return { key, value, headers: { ...headers, ...about } };
  return {
    key: key && Buffer.from(key).subarray(0, HEAD_OF_KEY).toString(),
    value: value && value.subarray(0, HEAD_OF_VALUE),
    headers: { 'truncated-from': String(value?.length ?? 0), ...about },
  };
}
