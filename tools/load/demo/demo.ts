// npm run demo: a customer's story, or a load and a check of every invariant, against the running system.
import { describeError } from '#platform/process/describe-error.ts';
import { namespace } from '#temporal-config/namespace.ts';
import { report, UserError } from '#tools/stack/bootstrap/user-error.js';
import { listenForShutdownSignal } from '#tools/stack/processes/shutdown-signal.ts';
import { LOOPBACK, readSettings } from '#tools/stack/settings/settings.ts';
import { openGozonClient } from '../generate/gozon-client.ts';
import type { GozonClient } from '../generate/gozon-client.ts';
import { showProgress } from '../generate/load-progress.ts';
import { planOrders } from '../generate/plan-orders.ts';
import { NoAnswer } from '../generate/repeat-until-answered.ts';
import { checkLoad, runLoad } from '../generate/run-load.ts';
import type { Load } from '../generate/run-load.ts';
import { readDemoOptions } from './demo-options.ts';
import type { DemoOptions } from './demo-options.ts';
import { findStores, requireGateway } from './find-system.ts';
import { playStory } from './play-story.ts';
import { resultTable, latencyTable, orderTable, throughput } from './report.ts';

/** As a shell counts an end by SIGINT. */
const STOPPED = 130;

const { signal } = listenForShutdownSignal();
const say = (line: string) => console.log(line);

try {
  const settings = readSettings();
  const options = readDemoOptions(process.argv.slice(2), settings.ports.GATEWAY_PORT);
  await using gozon = openGozonClient({ baseUrl: options.gateway });
  await requireGateway(gozon);
  if (options.orders === undefined && options.rate === undefined) await tell(gozon, options);
  else process.exitCode = await placeAndCheck(gozon, options);
} catch (error) {
  // Told to stop while accounts were being opened, or in the middle of the story.
  if (signal.aborted) process.exitCode = STOPPED;
  else
    report(
      error instanceof NoAnswer
        ? new UserError(`The API gave no answer in time (${describeError(error.cause)}).`)
        : error,
    );
}
// The channel to bootstrap.js would hold this process.
process.exit();

async function tell(gozon: GozonClient, { timeout }: DemoOptions): Promise<void> {
  const ui = `http://${LOOPBACK}:${readSettings().ports.TEMPORAL_UI_PORT}/namespaces/${namespace.name}/workflows`;
  const workflowUrl = (workflowId: string) => `${ui}/${workflowId}`;
  await playStory({ gozon, say, workflowUrl, timeout: timeout * 1000, signal });
  say('\nMany at once, with a check of every invariant: npm run demo -- --orders 500 --customers 25');
}

/** @returns the exit code */
async function placeAndCheck(gozon: GozonClient, options: DemoOptions): Promise<number> {
  const settings = readSettings();
  const { databases, kafka } = findStores(settings);
  await using _ = databases;
  const { rate = 0, seconds = 0, orders = Math.round(rate * seconds), seed, customers } = options;
  const plan = planOrders({
    seed,
    orders,
    customers,
    shareBeyondBalance: options.beyond,
    shareTwice: options.twice,
  });
  const pace = options.rate === undefined ? { concurrency: options.concurrency } : { rate: options.rate };
  const load: Load = {
    gozon,
    databases,
    plan,
    pace,
    timeout: options.timeout * 1000,
    signal,
    showProgress,
  };
  say(
    `${orders} orders of ${customers} customers, ${options.rate ? `${rate} a second` : `${options.concurrency} at a time`}; --seed ${seed} repeats them.`,
  );

  const { history, decided } = await runLoad(load);
  say(`\n${orderTable(history, decided)}\n\n${latencyTable(history, decided)}`);
  if (decided.length > 1) say(`${throughput(history, decided)}\n`);
  if (signal.aborted) {
    say('Stopped early, so no invariant was checked.');
    return STOPPED;
  }
  const results = await checkLoad(load, kafka, history);
  say(`\n${resultTable(results)}`);
  const unanswered = history.filter(({ outcome }) => outcome.kind === 'unknown').length;
  if (unanswered > 0) say(`${unanswered} orders got no answer within ${options.timeout} s.`);
  return unanswered > 0 || results.some(({ breaches }) => breaches > 0) ? 1 : 0;
}
