import assert from 'node:assert/strict';
import { createSecretKey, randomBytes, webcrypto } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { UndecryptablePayload, encryptPayloads } from '#temporal-config/encrypt-payloads.ts';

const k1 = randomBytes(32);
const k2 = randomBytes(32);

function codec(...keys: [id: string, bytes: Buffer][]) {
  const all = new Map(keys.map(([id, bytes]) => [id, createSecretKey(bytes)]));
  return encryptPayloads({ current: keys[0]?.[0] ?? '', all });
}

const plain = defaultPayloadConverter.toPayload({ userId: 'ada', amount: '1250' });
const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString();
const valueOf = (payload: Payload | undefined) =>
  payload && defaultPayloadConverter.fromPayload<unknown>(payload);

async function encryptedBy(...keys: [id: string, bytes: Buffer][]): Promise<Payload> {
  const [payload] = await codec(...keys).encode([plain]);
  assert.ok(payload);
  return payload;
}

describe('an encrypted payload', () => {
  it('shows nothing of what it says, not even that it is JSON', async () => {
    const { metadata, data } = await encryptedBy(['k1', k1]);
    assert.deepEqual(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, text(value)]),
      [
        ['encoding', 'binary/encrypted'],
        ['encryption-key-id', 'k1'],
      ],
    );
    for (const word of ['ada', '1250', 'json']) assert.ok(!text(data).includes(word));
  });

  it('is another one each time', async () => {
    const [one, other] = await codec(['k1', k1]).encode([plain, plain]);
    assert.notDeepEqual(one?.data, other?.data);
  });

  it("is read by any codec server of Temporal's samples that has the key", async () => {
    const { data } = await encryptedBy(['k1', k1]);
    const bytes = new Uint8Array(data ?? []);
    const key = await webcrypto.subtle.importKey('raw', k1, 'AES-GCM', false, ['decrypt']);
    const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, 12), tagLength: 128 };
    const decrypted = await webcrypto.subtle.decrypt(algorithm, key, bytes.subarray(12));
    const payload = proto.temporal.api.common.v1.Payload.decode(new Uint8Array(decrypted));
    assert.deepEqual(valueOf(payload), { userId: 'ada', amount: '1250' });
  });

  it('is decrypted by its key after another one became the current', async () => {
    const [decrypted] = await codec(['k2', k2], ['k1', k1]).decode([await encryptedBy(['k1', k1])]);
    assert.deepEqual(valueOf(decrypted), { userId: 'ada', amount: '1250' });
  });

  it('may stand beside plain ones, which stay as they are', async () => {
    const [first, second] = await codec(['k1', k1]).decode([plain, await encryptedBy(['k1', k1])]);
    assert.equal(first, plain);
    assert.deepEqual(valueOf(second), valueOf(plain));
  });

  async function refusal(payload: Payload, ...keys: [id: string, bytes: Buffer][]): Promise<string> {
    let message = '';
    await assert.rejects(codec(...keys).decode([payload]), (error: Error) => {
      assert.ok(error instanceof UndecryptablePayload);
      ({ message } = error);
      return true;
    });
    return message;
  }

  it('is refused without its key, by the id of the key', async () => {
    assert.equal(await refusal(await encryptedBy(['k1', k1]), ['k2', k2]), 'PAYLOAD_KEYS has no key "k1"');
  });

  it('is refused under another key of the same id', async () => {
    assert.match(await refusal(await encryptedBy(['k1', k1]), ['k1', k2]), /^the key "k1" of PAYLOAD_KEYS/);
  });

  it('is refused when a bit of it was changed, and when it is cut off', async () => {
    const { metadata = {}, data } = await encryptedBy(['k1', k1]);
    const bytes = Buffer.from(data ?? []);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    for (const changed of [bytes, bytes.subarray(0, -1), bytes.subarray(0, 20), Buffer.alloc(0)]) {
      const message = await refusal({ metadata, data: changed }, ['k1', k1]);
      assert.match(message, /^the key "k1" of PAYLOAD_KEYS/);
    }
  });
});
