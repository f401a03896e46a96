import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Page } from '#contracts/http/page.ts';
import { problems } from '#contracts/http/problems.ts';

/** The cursors of one list: signed keyset cursors, so that a user can only continue a page that they were given. */
export interface Cursors {
  /** Signs where the next page begins. */
  sign<Item>(userId: string, page: Page<Item>): Page<Item>;
  /**
   * @returns the key in a cursor
   * @throws Problem 400 `invalid_parameter` unless it was signed for this list and user
   */
  verify(userId: string, cursor: string | undefined): string | undefined;
}

/** @param secret the same for every copy; when it changes, readers begin again at the first page */
export function createCursors(list: string, secret: string): Cursors {
  const signed = (userId: string, key: string) => {
    const mac = createHmac('sha256', secret).update(`cursor\n${list}\n${userId}\n${key}`).digest();
    return `${key}.${mac.subarray(0, 16).toString('base64url')}`;
  };
  return {
    sign: (userId, page) => ({
      ...page,
      nextCursor: page.nextCursor === null ? null : signed(userId, page.nextCursor),
    }),
    verify(userId, cursor) {
      if (cursor === undefined) return undefined;
      const key = cursor.slice(0, cursor.lastIndexOf('.'));
      if (isSame(cursor, signed(userId, key))) return key;
      throw problems.invalidParameter([
        { field: 'cursor', message: 'must be the nextCursor of an earlier page' },
      ]);
    },
  };
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
