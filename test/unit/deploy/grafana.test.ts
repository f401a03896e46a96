import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { metricsIn } from '#test/support/metrics/metrics-in.ts';
import { readMetricsPage } from '#test/support/metrics/metrics-page.ts';
import { findPrometheus, NO_PROMETHEUS } from '#tools/alerts/find-prometheus.ts';
import { readRules } from '#tools/alerts/rules.ts';
import { DASHBOARDS } from '#tools/grafana/dashboard-files.ts';
import { artifactsFolder, CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const folder = path.join(CHECKOUT, 'deploy/grafana/dashboards');

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
}

describe("Grafana's dashboards", () => {
  const expressions = [...DASHBOARDS.values()].flatMap((content) =>
    (JSON.parse(content) as Dashboard).panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  );

  it('are the files that tools/grafana/write-dashboards.ts writes', () => {
    assert.deepEqual(readdirSync(folder).toSorted(), [...DASHBOARDS.keys()].toSorted());
    for (const [file, content] of DASHBOARDS) {
      assert.equal(
        readFileSync(path.join(folder, file), 'utf8'),
        content,
        'run node tools/grafana/write-dashboards.ts',
      );
    }
  });

  it('ask for no metric that docs/metrics.md does not list', () => {
    const listed = readMetricsPage().map(({ name }) => name);
    const known = [...listed, ...readRules().map(({ record = '' }) => record), 'up'];
    assert.ok(expressions.length > 30);
    assert.deepEqual(
      expressions
        .flatMap(metricsIn)
        .filter((name) => !known.some((pattern) => path.matchesGlob(name, pattern))),
      [],
    );
  });

  it('ask in PromQL', async function () {
    this.timeout(180_000);
    const found = await findPrometheus(artifactsFolder());
    if (!found) {
      console.log(`      skipped: ${NO_PROMETHEUS}`);
      this.skip();
    }
    const draft = mkdtempSync(path.join(tmpdir(), 'gozon-dashboards-'));
    try {
      const rules = expressions.map((expr, index) => ({ record: `panel:${index}`, expr }));
      writeFileSync(path.join(draft, 'rules.yml'), stringify({ groups: [{ name: 'panels', rules }] }));
      const { stdout } = await execa(found.promtool, ['check', 'rules', 'rules.yml'], { cwd: draft });
      assert.match(stdout, new RegExp(`SUCCESS: ${expressions.length} rules found`));
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  });
});
