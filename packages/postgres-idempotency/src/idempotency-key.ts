import { createHash } from 'node:crypto';

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/** What identifies a repeated request: the client's key and a hash of its request. */
export interface Idempotency {
  readonly key: string;
  readonly requestHash: Buffer;
}

/** The code of {@link InvalidIdempotencyKey}: 400. */
export const KEY_INVALID = 'INVALID_IDEMPOTENCY_KEY';

/** A caller's mistake. */
export class InvalidIdempotencyKey extends Error {
  override readonly name = 'InvalidIdempotencyKey';
  readonly code = KEY_INVALID;

  constructor() {
    super('must have 1 to 255 printable ASCII characters');
  }
}

/**
 * The header Idempotency-Key (IETF draft httpapi-idempotency-key-header), with a hash of the request. Undefined without the
 * header.
 * @param request as text: what of it may not differ in a repeat
 * @throws InvalidIdempotencyKey when it is empty, longer than 255 characters or not printable ASCII
 */
export function readIdempotency(
  header: string | readonly string[] | undefined,
  request: () => string,
): Idempotency | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !IDEMPOTENCY_KEY.test(header)) throw new InvalidIdempotencyKey();
  return { key: header, requestHash: createHash('sha256').update(request()).digest() };
}
