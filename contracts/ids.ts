import { v7 } from 'uuid';
import { z } from 'zod';
import { onTheWire } from './wire.ts';

/** A UUID of any version, in lower case however a client spelled it. */
export const uuid = onTheWire(
  z.guid({ error: 'must be a UUID' }).transform((text) => text.toLowerCase()),
  { type: 'string', format: 'uuid' },
);

/** A new id that sorts by time of creation (UUID v7, RFC 9562), so that newest-first pages need no second key. */
export function newId(): string {
  return v7();
}
