import assert from 'node:assert/strict';
import type { Invariant } from '#contracts/http/system-api.ts';
import { auditSince } from '../../../dashboard/tour/audit-since.ts';

const at = (second: string) => `2026-12-01T12:00:${second}.000Z`;
const invariant = (given: Partial<Invariant>): Invariant => ({
  id: 'I1',
  title: '',
  state: 'ok',
  checked: 7,
  checkedAt: at('20'),
  fullPassAt: null,
  breaches: 0,
  examples: [],
  ...given,
});
const since = (second: string, ...given: Partial<Invariant>[]) =>
  auditSince(given.map(invariant), Date.parse(at(second)), Date.parse(at('40')));

describe('what the audit found since an order', () => {
  it('is nothing before it looked, and where its last look is too old', () => {
    const { looked, isDone } = since('30', {}, { checkedAt: null, state: 'unknown' });
    assert.deepEqual([looked, isDone], [0, false]);
    assert.equal(since('10', { state: 'unknown' }).looked, 0);
    assert.equal(since('10').isDone, false);
  });

  it('is overdue when it has looked at nothing for more than a minute', () => {
    const overdue = (now: string, checkedAt: string) =>
      auditSince([invariant({ checkedAt })], Date.parse(at('10')), Date.parse(now)).isOverdue;
    assert.equal(overdue('2026-12-01T12:01:10.000Z', at('05')), false);
    assert.equal(overdue('2026-12-01T12:01:11.000Z', at('05')), true);
    assert.equal(overdue('2026-12-01T12:01:11.000Z', at('11')), false);
  });

  it('does not count as holding what had nothing to check', () => {
    assert.deepEqual(since('10', {}, { id: 'I15', checked: 0 }), {
      invariants: 2,
      looked: 2,
      hold: 1,
      empty: 1,
      broken: [],
      late: [],
      isOverdue: false,
      isDone: true,
    });
  });

  it('is not done while it has not looked at all, or finds something late or broken', () => {
    assert.equal(since('10', {}, { checkedAt: at('05') }).isDone, false);
    const { broken, late, isDone } = since(
      '10',
      {},
      { id: 'I5', state: 'violated' },
      { id: 'I7', state: 'waiting' },
    );
    assert.deepEqual([broken, late, isDone], [['I5'], ['I7'], false]);
  });
});
