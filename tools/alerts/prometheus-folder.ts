import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { PROMETHEUS_FOLDER, readRuleFiles } from './rules.ts';
import { shortenDuration, shortenRules } from './shorten.ts';

interface Configuration {
  readonly global: { readonly scrape_interval: string; readonly evaluation_interval: string };
  readonly scrape_configs: readonly { readonly job_name: string; readonly [other: string]: unknown }[];
}

/** The copies of each service, by the name of its job: host:port. */
export type Targets = Readonly<Record<string, readonly string[]>>;

/**
 * Writes what our Prometheus reads, with every duration divided. Copies are not found by their name but in files, which
 * {@link writeTargets} writes.
 * @returns the file of its settings
 */
export function writePrometheusFolder(folder: string, factor: number): string {
  const ours = parse(readFileSync(path.join(PROMETHEUS_FOLDER, 'prometheus.yml'), 'utf8')) as Configuration;
  const { scrape_interval: scrapes, evaluation_interval: evaluates } = ours.global;
  const configuration = {
    ...ours,
    global: {
      scrape_interval: shortenDuration(scrapes, factor),
      evaluation_interval: shortenDuration(evaluates, factor),
    },
    scrape_configs: ours.scrape_configs.map((job) => ({
      ...job,
      dns_sd_configs: [],
      file_sd_configs: [{ files: [`targets/${job.job_name}.json`] }],
    })),
  };
  for (const name of ['rules', 'targets']) mkdirSync(path.join(folder, name), { recursive: true });
  for (const [file, rules] of readRuleFiles()) {
    writeFileSync(path.join(folder, 'rules', file), stringify(shortenRules(rules, factor)));
  }
  const file = path.join(folder, 'prometheus.yml');
  writeFileSync(file, stringify(configuration));
  return file;
}

/** Tells Prometheus which copies there are. Those of jobs that are not named stay. */
export function writeTargets(folder: string, jobs: Targets): void {
  for (const [job, targets] of Object.entries(jobs)) {
    const file = path.join(folder, 'targets', `${job}.json`);
    // Prometheus reads it as soon as it changes, and would complain of a half of it.
    writeFileSync(`${file}.draft`, JSON.stringify(targets.length > 0 ? [{ targets }] : []));
    renameSync(`${file}.draft`, file);
  }
}
