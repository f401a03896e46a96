/** The reply of a database function that can be called again, and whether it is the reply to an earlier call. */
export interface Replayable<Reply> {
  readonly reply: Reply;
  readonly replayed: boolean;
}

/** Converts the one row that such a function returned. */
export function toReplayable<Row, Reply>(
  [row]: readonly Replayable<Row>[],
  toReply: (row: Row) => Reply,
): Replayable<Reply> {
  if (!row) throw new Error('the database function returned no row');
  return { reply: toReply(row.reply), replayed: row.replayed };
}
