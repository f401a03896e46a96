import { v7 } from 'uuid';

/** A new id that sorts by time of creation (UUID v7, RFC 9562), so that newest-first pages need no second key. */
export function newId(): string {
  return v7();
}

/** A bound below every id created since then and above all earlier ones, because an id begins with its time in ms. */
export function beforeAllSince(since: Date): string {
  const hex = Math.max(0, since.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** After every id (RFC 9562, section 5.10). */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Below every id. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
