import { createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { byFile } from '#platform/process/config.ts';

/** The keys by which payloads are encrypted: all decrypt, so that keys can be changed. */
export interface PayloadKeys {
  /** The id of the one that encrypts. */
  readonly current: string;
  readonly all: ReadonlyMap<string, KeyObject>;
}

/** AES-256: in bytes. */
const LENGTH = 32;
const ID = /^[\w.-]{1,64}$/;

const wrongKeys = {
  error: `must be keys as id:base64 of ${LENGTH} bytes, separated by commas, each id once and of letters, digits, "_", "." or "-"`,
};

/**
 * The setting PAYLOAD_KEYS, as `id:base64,id:base64`. The first key encrypts what Temporal stores, and all decrypt, as with
 * SIGNING_KEYS. Unset or empty, nothing is encrypted.
 */
export const payloadKeysSetting = z
  .string()
  .default('')
  .transform((text) => (text === '' ? [] : text.split(',').map(parseKey)))
  .refine((keys) => keys.every(isKey) && new Set(keys.map(({ id }) => id)).size === keys.length, wrongKeys)
  .transform(toKeys)
  .register(byFile);

interface Key {
  readonly id: string;
  readonly encoded: string;
  readonly bytes: Buffer;
}

function parseKey(text: string): Key {
  const [id = '', encoded = '', ...more] = text.split(':');
  return { id: more.length > 0 ? '' : id, encoded, bytes: Buffer.from(encoded, 'base64') };
}

function isKey({ id, encoded, bytes }: Key): boolean {
  // Node skips what is not base64, and would make another key of a mistyped one.
  return ID.test(id) && bytes.length === LENGTH && bytes.toString('base64') === encoded;
}

function toKeys(keys: readonly Key[]): PayloadKeys | undefined {
  const [first] = keys;
  if (!first) return undefined;
  return {
    current: first.id,
    all: new Map(keys.map(({ id, bytes }) => [id, createSecretKey(bytes)])),
  };
}
