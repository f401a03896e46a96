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

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** Of our Prometheus: what it scrapes, the rules, their tests. */
export const PROMETHEUS_FOLDER = path.join(CHECKOUT, 'deploy/prometheus');

/** The files of rules by their names. */
export function readRuleFiles(): Map<string, RuleFile> {
  const folder = path.join(PROMETHEUS_FOLDER, 'rules');
  return new Map(
    globSync('*.yml', { cwd: folder })
      .toSorted()
      .map((file) => [file, parse(readFileSync(path.join(folder, file), 'utf8')) as RuleFile]),
  );
}

export function readRules(): Rule[] {
  return [...readRuleFiles().values()].flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
}

/** The names of all alerts. */
export function readAlertNames(): string[] {
  return readRules().flatMap(({ alert }) => alert ?? []);
}
