import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { metricsIn } from '#test/support/metrics/metrics-in.ts';
import { readMetricsPage } from '#test/support/metrics/metrics-page.ts';
import { testedAlerts } from '#test/support/metrics/tested-alerts.ts';
import { findPrometheus, NO_PROMETHEUS } from '#tools/alerts/find-prometheus.ts';
import { readRules } from '#tools/alerts/rules.ts';
import { artifactsFolder, CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const folder = path.join(CHECKOUT, 'deploy/prometheus');
const RUNBOOKS = 'docs/operations/alerts.md';

describe('deploy/prometheus', () => {
  const rules = readRules();
  const alerts = rules.filter(({ alert }) => alert !== undefined);
  const headings = [...readFileSync(path.join(CHECKOUT, RUNBOOKS), 'utf8').matchAll(/^### (\w+)$/gm)].map(
    ([, heading = '']) => heading,
  );

  it('says of each alert how urgent it is, what is wrong, what to do, and where the runbook is', () => {
    for (const { alert = '', labels, annotations } of alerts) {
      assert.match(labels?.['severity'] ?? '', /^(critical|warning)$/, alert);
      assert.deepEqual(Object.keys(annotations ?? {}), ['summary', 'description', 'runbook_url'], alert);
      assert.equal(annotations?.['runbook_url'], `${RUNBOOKS}#${alert.toLowerCase()}`);
    }
  });

  it('has a section in the runbooks for each alert, and none for another', () => {
    assert.deepEqual(headings.toSorted(), alerts.map(({ alert = '' }) => alert).toSorted());
  });

  it('asks for no metric that docs/metrics.md does not list', () => {
    const known = new Set([
      ...readMetricsPage().map(({ name }) => name),
      ...rules.map(({ record }) => record ?? ''),
    ]);
    const unknown = rules
      .flatMap(({ expr }) => metricsIn(expr))
      .filter((name) => !known.has(name) && name !== 'up');
    // What Prometheus' own client libraries have is listed with a star.
    assert.deepEqual(
      unknown.filter((name) => name !== 'process_start_time_seconds'),
      [],
    );
  });

  it('has a test in which each alert fires', () => {
    const tested = testedAlerts();
    assert.deepEqual(
      alerts.map(({ alert = '' }) => alert).filter((alert) => !tested.has(alert)),
      [],
    );
  });

  describe('promtool', function () {
    this.timeout(180_000);
    let promtool: string;
    before(async function () {
      const found = await findPrometheus(artifactsFolder());
      if (!found) {
        console.log(`      skipped: ${NO_PROMETHEUS}`);
        this.skip();
      }
      promtool = found.promtool;
    });

    it('accepts the configuration and the rules', async () => {
      const { stdout } = await execa(promtool, [
        'check',
        'config',
        '--lint-fatal',
        path.join(folder, 'prometheus.yml'),
      ]);
      assert.match(
        stdout,
        new RegExp(`SUCCESS: ${globSync('rules/*.yml', { cwd: folder }).length} rule files found`),
      );
    });

    for (const file of globSync('tests/*.yml', { cwd: folder })) {
      it(`finds that the rules do as ${file} says`, async () => {
        const { exitCode, all } = await execa(promtool, ['test', 'rules', path.basename(file)], {
          cwd: path.join(folder, 'tests'),
          reject: false,
          all: true,
        });
        assert.equal(exitCode, 0, all);
      });
    }
  });
});
