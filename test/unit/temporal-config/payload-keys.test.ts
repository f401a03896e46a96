import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readConfig } from '#platform/process/config.ts';
import { payloadKeysSetting } from '#temporal-config/payload-keys.ts';

const settings = z.object({ PAYLOAD_KEYS: payloadKeysSetting });
const read = (PAYLOAD_KEYS?: string) => readConfig(settings, { PAYLOAD_KEYS }).PAYLOAD_KEYS;
const bytes = (length: number) => randomBytes(length).toString('base64');

describe('the setting PAYLOAD_KEYS', () => {
  it('is off when it is not set, or empty', () => {
    assert.equal(read(), undefined);
    assert.equal(read(''), undefined);
  });

  it('encrypts with the first key, and keeps all', () => {
    const [first, second] = [bytes(32), bytes(32)];
    const keys = read(`2026-12:${first},old:${second}`);
    assert.equal(keys?.current, '2026-12');
    assert.deepEqual(
      [...keys.all].map(([id, key]) => [id, key.export().toString('base64')]),
      [
        ['2026-12', first],
        ['old', second],
      ],
    );
  });

  const good = `k1:${bytes(32)}`;
  const wrong = {
    'without an id': bytes(32),
    'with an empty id': `:${bytes(32)}`,
    'with an id of other characters': `k 1:${bytes(32)}`,
    'with three parts': `${good}:k2`,
    'of 16 bytes': `k1:${bytes(16)}`,
    'of 33 bytes': `k1:${bytes(33)}`,
    'that is hex': `k1:${randomBytes(32).toString('hex')}`,
    'that is cut off': good.slice(0, -2),
    'with one id twice': `${good},k1:${bytes(32)}`,
    'with a comma too many': `${good},`,
  };
  for (const [what, value] of Object.entries(wrong)) {
    it(`is refused ${what}, by its name and without its value`, () => {
      assert.throws(
        () => read(value),
        ({ message }: Error) => message.includes('PAYLOAD_KEYS: must be keys') && !message.includes(value),
      );
    });
  }
});
