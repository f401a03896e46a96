// npm run alerts: fires each alert of deploy/prometheus/ by its fault, in a system of its own, and sees it clear.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { report, UserError } from '#tools/stack/bootstrap/user-error.js';
import { listenForShutdownSignal } from '#tools/stack/processes/shutdown-signal.ts';
import { readSettings } from '#tools/stack/settings/settings.ts';
import { readAlertsOptions } from './alerts-options.ts';
import { findPages, findPrometheus, NO_PROMETHEUS } from './find-prometheus.ts';
import { PROVOCATIONS, UNPROVOKED } from './provocations.ts';
import { documentResults, isGood } from './report-alerts.ts';
import { runAlerts } from './run-alerts.ts';
import { takePictures } from './take-pictures.ts';

/** As a shell counts an end by SIGINT. */
const STOPPED = 130;

const { signal } = listenForShutdownSignal();

try {
  const { only, factor, document, pictures } = readAlertsOptions(process.argv.slice(2));
  const { home, artifacts } = readSettings();
  const found = await findPrometheus(artifacts);
  if (!found) throw new UserError(NO_PROMETHEUS);
  const provocations = PROVOCATIONS.filter(({ fires }) => fires.some((alert) => only.includes(alert)));
  const sequence = [...PROVOCATIONS.flatMap(({ fires }) => fires), ...Object.keys(UNPROVOKED)];
  const table = { sequence, unprovoked: UNPROVOKED };
  const systems = path.join(home, 'alerts');
  rmSync(systems, { recursive: true, force: true });
  const results = await runAlerts({
    provocations,
    factor,
    program: found.prometheus,
    pages: pictures ? await findPages(artifacts, found) : undefined,
    place: { systems, artifacts },
    signal,
    onFiring: async ({ url, folder }, { isPictured }) => {
      if (pictures && isPictured) await takePictures(url, folder);
    },
    onResults: (some) => {
      if (document) documentResults(some, table);
    },
  });
  for (const alert of only)
    if (alert in UNPROVOKED) console.log(`  ${alert}: not tried, ${UNPROVOKED[alert]}`);
  const good = results.filter(isGood).length;
  console.log(`${good} of ${results.length} alerts fired and are gone.`);
  if (good < results.length) {
    process.exitCode = 1;
    console.log(`Logs are kept in ${systems}.`);
  } else rmSync(systems, { recursive: true });
} catch (error) {
  if (!signal.aborted) report(error);
}
if (signal.aborted) process.exitCode = STOPPED;
// The channel to bootstrap.js would hold this process.
process.exit();
