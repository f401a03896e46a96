import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { byFile } from './config.ts';
import { required } from './settings.ts';

/** The least characters of a key: with 24 random bytes in base64 or hex it cannot be guessed. */
const LEAST = 32;
/** The block of SHA-256, in bytes. A longer key would be hashed first. */
const BLOCK = 64;

const wrongKey = `must be keys of ${LEAST} to ${BLOCK} characters, separated by commas`;

/** The setting SIGNING_KEYS. The first key signs, and the signatures of all are accepted, so that keys can be changed. */
export const signingKeysSetting = z
  .string(required)
  .transform((text) => text.split(','))
  .refine((keys) => keys.every((key) => key.length >= LEAST && Buffer.byteLength(key) <= BLOCK), {
    error: wrongKey,
  })
  .register(byFile);

/** The signature of a message by a key: HMAC-SHA-256 (RFC 2104) in hex. */
export function sign(key: string, message: string): string {
  return createHmac('sha256', key).update(message).digest('hex');
}

/** Whether one of the keys has signed the message. */
export function isSigned(keys: readonly string[], message: string, signature: string): boolean {
  const given = Buffer.from(signature);
  return keys.some((key) => {
    const right = Buffer.from(sign(key, message));
    return given.length === right.length && timingSafeEqual(given, right);
  });
}

/** A key as the two blocks from which PostgreSQL, which has SHA-256 and no HMAC, computes the same signature. */
export function toPads(key: string): { readonly inner: Buffer; readonly outer: Buffer } {
  const block = Buffer.alloc(BLOCK);
  block.write(key);
  return {
    inner: block.map((byte) => byte ^ 0x36) as Buffer,
    outer: block.map((byte) => byte ^ 0x5c) as Buffer,
  };
}
