/** Media types of replies that are sent as they come, and may last for long: events, and rows as CSV. */
const STREAM_TYPES = ['text/event-stream', 'text/csv'];

/** Whether a reply of this Content-Type is a stream. */
export function isStreamType(contentType: unknown): boolean {
  return STREAM_TYPES.some((type) => String(contentType).startsWith(type));
}
