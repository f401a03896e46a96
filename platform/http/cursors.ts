import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Page } from '#contracts/http/orders-api.ts';
import { Problem } from './problem.ts';

/** The cursors of one list: keys of rows, sealed, so that a page begins only where an earlier one of that user ended. */
export interface Cursors {
  /** Seals where the next page begins. */
  seal<Item>(userId: string, page: Page<Item>): Page<Item>;
  /**
   * @returns the key in a cursor
   * @throws Problem 400 `invalid_parameter` unless it was sealed for this list and user
   */
  open(userId: string, cursor: string | undefined): string | undefined;
}

/** @param secret the same for every copy; when it changes, whoever is reading begins again at the first page */
export function createCursors(list: string, secret: string): Cursors {
  const sealed = (userId: string, key: string) => {
    const mac = createHmac('sha256', secret).update(`cursor\n${list}\n${userId}\n${key}`).digest();
    return `${key}.${mac.subarray(0, 16).toString('base64url')}`;
  };
  return {
    seal: (userId, page) => ({
      ...page,
      nextCursor: page.nextCursor === null ? null : sealed(userId, page.nextCursor),
    }),
    open(userId, cursor) {
      if (cursor === undefined) return undefined;
      const key = cursor.slice(0, cursor.lastIndexOf('.'));
      if (isSame(cursor, sealed(userId, key))) return key;
      const message = 'must be the nextCursor of an earlier page';
      throw new Problem('invalid_parameter', {
        detail: `cursor ${message}.`,
        errors: [{ field: 'cursor', message }],
      });
    },
  };
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
