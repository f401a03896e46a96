import assert from 'node:assert/strict';
import { networkOf } from '#gateway/limit-rate.ts';

describe('the network that an address is counted by', () => {
  for (const [ip, network] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['not an address', 'not an address'],
  ] as const) {
    it(`is ${network} for ${ip}`, () => assert.equal(networkOf(ip), network));
  }
});
