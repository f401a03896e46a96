import { v7 } from 'uuid';
import { z } from 'zod';

/** A UUID of any version, in lower case. Written by hand so that a reply never depends on how a client spelled its id. */
export const uuid = z.guid({ error: 'must be a UUID' }).transform((text) => text.toLowerCase());

/** A new id that sorts by time of creation (UUID v7, RFC 9562), so that newest-first pages need no second key. */
export function newId(): string {
  return v7();
}
