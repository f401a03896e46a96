import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { PROMETHEUS_FOLDER } from '#tools/alerts/rules.ts';

interface RuleTests {
  readonly tests: readonly {
    readonly promql_expr_test: readonly {
      readonly expr: string;
      readonly exp_samples: readonly { labels: string }[];
    }[];
  }[];
}

/** The alerts that fire in a test of promtool. */
export function testedAlerts(): Set<string> {
  const folder = path.join(PROMETHEUS_FOLDER, 'tests');
  const files = globSync('*.yml', { cwd: folder }).map(
    (file) => parse(readFileSync(path.join(folder, file), 'utf8')) as RuleTests,
  );
  const expressions = files
    .flatMap(({ tests }) => tests.flatMap((test) => test.promql_expr_test))
    .filter(({ exp_samples: expected }) => expected.length > 0)
    .flatMap(({ expr, exp_samples: expected }) => [expr, ...expected.map(({ labels }) => labels)])
    .filter((text) => text.includes('alertname='));
  return new Set(
    expressions.flatMap((text) =>
      [...text.matchAll(/alertname=~?"([\w|]+)"/g)].flatMap(([, names = '']) => names.split('|')),
    ),
  );
}
