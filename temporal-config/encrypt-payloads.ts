import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { PayloadKeys } from './payload-keys.ts';

const { Payload: Message } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
/** In bytes. */
const IV = 12;
const TAG = 16;

/** Why a payload cannot be decrypted; it names the key, if it is that. */
export class UndecryptablePayload extends Error {
  override readonly name = 'UndecryptablePayload';
}

/**
 * Encrypts each payload as a whole, its metadata too, by AES-256-GCM (NIST SP 800-38D) with a random IV, and decrypts what
 * any of the keys has encrypted. What is not encrypted stays as it is: histories from before there were keys can be read.
 *
 * The format is that of Temporal's samples in all languages, so each codec server of theirs can read it: metadata `encoding` and
 * `encryption-key-id`; data of IV, ciphertext and tag. Nothing more is authenticated beside it. Another key id leads to another
 * key, which fails; and a payload that somebody moves to another workflow is refused by the signature inside.
 *
 * Not by webcrypto, as in the samples: that hands each payload of less than 2 kB to another thread and back.
 */
export function encryptPayloads(keys: PayloadKeys): PayloadCodec {
  return {
    encode: async (payloads) => payloads.map((payload) => encrypt(keys, payload)),
    decode: async (payloads) =>
      payloads.map((payload) => (isEncrypted(payload) ? decrypt(keys, payload) : payload)),
  };
}

function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.['encoding']) === ENCODING;
}

function encrypt({ current, all }: PayloadKeys, payload: Payload): Payload {
  const key = all.get(current);
  if (!key) throw new Error('the current key is one of them');
  const iv = randomBytes(IV);
  const cipher = createCipheriv(CIPHER, key, iv);
  const encrypted = cipher.update(Message.encode(payload).finish());
  return {
    metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(current) },
    data: Buffer.concat([iv, encrypted, cipher.final(), cipher.getAuthTag()]),
  };
}

/** @throws UndecryptablePayload */
function decrypt({ all }: PayloadKeys, { metadata, data }: Payload): Payload {
  const id = textOf(metadata?.['encryption-key-id']);
  const key = all.get(id);
  if (!key) throw new UndecryptablePayload(`PAYLOAD_KEYS has no key ${JSON.stringify(id.slice(0, 64))}`);
  const bytes = Buffer.from(data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV), { authTagLength: TAG });
    decipher.setAuthTag(bytes.subarray(-TAG));
    const plain = [decipher.update(bytes.subarray(IV, -TAG)), decipher.final()];
    return Message.decode(Buffer.concat(plain));
  } catch (error) {
    const message = `the key ${JSON.stringify(id)} of PAYLOAD_KEYS is not the one that encrypted this payload, or it was changed`;
    throw new UndecryptablePayload(message, { cause: error });
  }
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
