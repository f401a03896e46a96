import type { OutgoingMessage } from './connect.ts';

/** Bytes of a message beside its fields, and of a field beside its value, rounded up. */
const OVERHEAD = 8;

/** Splits messages, in order, into chunks of at most this count and size. A message of more bytes is its own chunk. */
export function inChunks<Some extends OutgoingMessage>(
  messages: readonly Some[],
  most: { count: number; bytes: number },
): Some[][] {
  const chunks: Some[][] = [];
  let room = 0;
  for (const message of messages) {
    const size = sizeOf(message);
    const chunk = chunks.at(-1);
    if (chunk && chunk.length < most.count && size <= room) {
      chunk.push(message);
      room -= size;
    } else {
      chunks.push([message]);
      room = most.bytes - size;
    }
  }
  return chunks;
}

/** In bytes, uncompressed. */
export function sizeOf({ key, value, headers = {} }: OutgoingMessage): number {
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().flatMap((one) => [name, one]),
  );
  return [key, value, ...fields].reduce(
    (sum, field) => sum + OVERHEAD + Buffer.byteLength(field ?? ''),
    OVERHEAD,
  );
}
