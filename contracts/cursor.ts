import { z } from 'zod';
import { onTheWire } from './wire.ts';

/** Where a page begins, opaque to clients: the last item's key, marked with the list that it belongs to. */
export function writeCursor(list: string, key: string): string {
  return Buffer.from(`${list}:${key}`).toString('base64url');
}

/** A cursor of the given list, read back to its key. One that we did not write is refused, and so is another list's. */
export function cursor(list: string, key: RegExp) {
  return onTheWire(
    z.string({ error: 'must be given once' }).transform((text, ctx) => {
      const [, from, value] = /^(\w+):(.*)$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
      if (from === list && value !== undefined && key.test(value) && writeCursor(list, value) === text) {
        return value;
      }
      ctx.addIssue({ code: 'custom', message: 'must be the nextCursor of an earlier page' });
      return z.NEVER;
    }),
    { type: 'string', description: 'The nextCursor of an earlier page.' },
  );
}
