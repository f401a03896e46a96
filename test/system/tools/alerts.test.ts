import assert from 'node:assert/strict';
import path from 'node:path';
import { infrastructure, systemsFolder } from '#test/support/infrastructure.ts';
import { findPrometheus, NO_PROMETHEUS } from '#tools/alerts/find-prometheus.ts';
import { PROVOCATIONS } from '#tools/alerts/provocations.ts';
import { isGood } from '#tools/alerts/report-alerts.ts';
import { runAlerts } from '#tools/alerts/run-alerts.ts';

/** One that says nothing about how fast the machine is. */
const FIRES = 'DeadLetters';

describe('npm run alerts', function () {
  this.timeout(300_000);

  let program: string;
  before(async function () {
    const found = await findPrometheus(infrastructure().settings.artifacts);
    if (!found) {
      console.log(`      skipped: ${NO_PROMETHEUS}`);
      this.skip();
    }
    program = found.prometheus;
  });

  it('sees a real Prometheus fire an alert by its fault, and clear it when the fault is healed', async () => {
    const { settings } = infrastructure();
    const results = await runAlerts({
      provocations: PROVOCATIONS.filter(({ fires }) => fires.includes(FIRES)),
      factor: 20,
      program,
      place: { systems: path.join(systemsFolder(settings), 'alerts'), artifacts: settings.artifacts },
      signal: new AbortController().signal,
    });
    assert.deepEqual(
      results.map(({ alert, problem }) => [alert, problem]),
      [[FIRES, undefined]],
    );
    assert.ok(results.every(isGood));
  });
});
