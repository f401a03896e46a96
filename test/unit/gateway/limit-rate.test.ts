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
    ['203.0.113.7:4711', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:4711', '203.0.113.7'],
    ['[2001:db8:1:2::6]:443', '2001:db8:1:2'],
    ['[2001:db8:1:2::6]', '2001:db8:1:2'],
    ['not an address', 'unreadable'],
    ['203.0.113.7:4711:1', 'unreadable'],
    ['203.0.113.7:99999', 'unreadable'],
    ['2001:db8:1:2:3:4:5:6:443', 'unreadable'],
  ] as const) {
    it(`counts ${ip} as ${network}`, () => assert.equal(networkOf(ip), network));
  }
});
