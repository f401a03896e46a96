import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

/** A rule of Prometheus: an alert, or a series that is recorded. */
export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

interface RuleTests {
  readonly tests: readonly {
    readonly promql_expr_test: readonly {
      readonly expr: string;
      readonly exp_samples: readonly { labels: string }[];
    }[];
  }[];
}

/** All rules of deploy/prometheus. */
export function readRules(): Rule[] {
  return readAll<RuleFile>('rules').flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
}

/** The alerts that fire in a test of promtool. */
export function testedAlerts(): Set<string> {
  const expressions = readAll<RuleTests>('tests')
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

function readAll<Content>(kind: 'rules' | 'tests'): Content[] {
  const folder = path.join(CHECKOUT, 'deploy/prometheus', kind);
  return globSync('*.yml', { cwd: folder }).map(
    (file) => parse(readFileSync(path.join(folder, file), 'utf8')) as Content,
  );
}
