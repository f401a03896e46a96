import assert from 'node:assert/strict';
import { readRuleFiles } from '#tools/alerts/rules.ts';
import { shortenDuration, shortenRules } from '#tools/alerts/shorten.ts';

describe('a rule for which time goes by faster', () => {
  it('has its ranges, its offsets and how long it is pending divided, and nothing else changed', () => {
    const rule = {
      alert: 'Slow',
      expr: 'sum by (le) (rate(took_seconds_bucket{path="a[5m]"}[5m])) > 60 unless took_seconds_count offset 1h',
      labels: { severity: 'critical' },
    };
    const file = { groups: [{ name: 'some', rules: [{ ...rule, for: '2m' }, rule] }] };
    const expr = rule.expr.replace('[5m])', '[5000ms])').replace('offset 1h', 'offset 60000ms');
    assert.deepEqual(shortenRules(file, 60), {
      groups: [
        {
          name: 'some',
          rules: [
            { ...rule, expr, for: '2000ms' },
            { ...rule, expr },
          ],
        },
      ],
    });
  });

  it('keeps its shortest duration above 0', () => {
    assert.equal(shortenDuration('1ms', 60), '1ms');
  });

  it('is refused when a duration has several units, or is none', () => {
    assert.throws(() => shortenDuration('1h30m', 60), /1h30m is no duration of one unit/);
  });

  it('can be any of ours', () => {
    for (const file of readRuleFiles().values()) {
      const [before, after] = [file, shortenRules(file, 1)].map(({ groups }) =>
        groups.flatMap(({ rules }) => rules.map(({ alert, record }) => alert ?? record)),
      );
      assert.deepEqual(after, before);
    }
  });
});
