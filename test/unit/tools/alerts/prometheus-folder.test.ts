import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { writePrometheusFolder, writeTargets } from '#tools/alerts/prometheus-folder.ts';
import { readRuleFiles } from '#tools/alerts/rules.ts';

describe('the folder of a Prometheus for which time goes by faster', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gozon-prometheus-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has our settings with shorter intervals, and finds copies in files', () => {
    const settings = parse(readFileSync(writePrometheusFolder(folder, 30), 'utf8')) as {
      global: unknown;
      scrape_configs: { job_name: string; file_sd_configs: unknown }[];
    };
    assert.deepEqual(settings.global, { scrape_interval: '500ms', evaluation_interval: '500ms' });
    assert.deepEqual(
      settings.scrape_configs.map(({ job_name: job, file_sd_configs: files }) => [job, files]),
      ['gateway', 'orders', 'payments', 'workflows'].map((job) => [
        job,
        [{ files: [`targets/${job}.json`] }],
      ]),
    );
  });

  it('has all files of rules', () => {
    writePrometheusFolder(folder, 30);
    for (const file of readRuleFiles().keys()) {
      assert.match(readFileSync(path.join(folder, 'rules', file), 'utf8'), /^groups:/, file);
    }
  });

  it('forgets the copies of a job when told that there are none', () => {
    writePrometheusFolder(folder, 30);
    const told = () => JSON.parse(readFileSync(path.join(folder, 'targets/orders.json'), 'utf8')) as unknown;
    writeTargets(folder, { orders: ['127.0.0.1:8081'] });
    assert.deepEqual(told(), [{ targets: ['127.0.0.1:8081'] }]);
    writeTargets(folder, { orders: [] });
    assert.deepEqual(told(), []);
  });
});
