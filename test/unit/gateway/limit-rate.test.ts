import assert from 'node:assert/strict';
import { networkOf } from '#gateway/limit-rate.ts';

describe('the limit by address', () => {
  for (const [ip, network] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['not an address', 'not an address'],
  ] as const) {
    it(`counts ${ip} as ${network}`, () => assert.equal(networkOf(ip), network));
  }
});
