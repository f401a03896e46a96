// npm run reconcile: compares all orders with payments, page by page, and prints the findings.
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import type { reconcileRoute } from '#contracts/http/repair-api.ts';
import type { ReplyOf } from '#contracts/http/route-contract.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { report, UserError } from '#tools/stack/bootstrap/user-error.js';
import {
  IDENTITY_HELP,
  asOption,
  gatewayOption,
  openOperator,
  reasonOption,
  timeoutOption,
} from './ask-gateway.ts';
import type { Operator } from './ask-gateway.ts';
import { reconcilePosition } from './reconcile-position.ts';

interface Options {
  readonly gateway: string;
  readonly timeout: number;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly restart: boolean;
  readonly since?: string;
  readonly restoreUnknown: boolean;
  readonly reason?: string;
  readonly as: string;
}

type Page = ReplyOf<typeof reconcileRoute>;
type Report = Omit<Page, 'nextCursor'>;

/** Exit codes. 1 means that not everything could be compared. */
const CONTRADICTIONS_FOUND = 3;
const NOT_REPORTED = 4;

/** How soon a page is compared again whose lost events cannot be reported yet, in ms. */
const REPORT_AGAIN = 2_000;

/** What has been compared so far, and where it goes on. */
interface Progress {
  readonly found: Report;
  readonly cursor: string | null;
}

try {
  const options = new Command('npm run reconcile --')
    .description(
      'Compares every order with its decision and the ledger, and reports lost events again. Contradictions are listed ' +
        'and never repaired. A run that was stopped is continued by the next one. Exits with 3 when there are ' +
        'contradictions, with 4 when lost events could not be reported again, and with 1 when it could not compare all.',
    )
    .option('--json', 'print JSON instead of a table', false)
    .option('--dry-run', 'only compare: report nothing again', false)
    .option('--since <time>', 'only orders placed then or later, as in 2026-11-22T18:51:26Z', readTime)
    .option('--restart', 'begin at the first order, even if the last run was stopped', false)
    .option(
      '--restore-unknown',
      'then put back each order that payments knows and orders does not, as after a restore of orders',
      false,
    )
    .addOption(reasonOption())
    .addOption(asOption())
    .addOption(gatewayOption())
    .addOption(timeoutOption())
    .addHelpText('after', IDENTITY_HELP)
    .parse()
    .opts<Options>();
  if (!options.dryRun && options.reason === undefined) {
    throw new UserError('Say why by --reason, or only look by --dry-run.');
  }
  await using operator = openOperator(options);
  const compared = await reconcileAll(operator, options);
  const found =
    options.restoreUnknown && !options.dryRun ? await restoreUnknown(operator, options, compared) : compared;
  console.log(options.json ? JSON.stringify(found, null, 2) : describeReport(found));
  if (found.findings.some(isContradiction)) process.exitCode = CONTRADICTIONS_FOUND;
  else if (found.notReported !== null && !options.dryRun) process.exitCode = NOT_REPORTED;
} catch (error) {
  report(error);
}
// The channel to bootstrap.js would hold this process.
process.exit();

function readTime(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('It must be a time like 2026-11-22T18:51:26Z.');
  return time.toISOString();
}

async function reconcileAll(operator: Operator, options: Options): Promise<Report> {
  const { gateway, since, dryRun, restart, reason, as } = options;
  const position = reconcilePosition<Progress>([gateway, since, dryRun]);
  const left = restart ? undefined : position.read();
  if (left) {
    console.error(
      `Continues after the ${left.state.found.compared} orders that a run compared until ${left.at.toISOString()}. --restart begins again.`,
    );
  }
  const nothing = { compared: 0, waiting: 0, findings: [], reported: 0, notReported: null };
  let { found, cursor }: Progress = left?.state ?? { found: nothing, cursor: null };
  /** Until when lost events that cannot be reported are waited for, once in a run. */
  const deadline = performance.now() + options.timeout * 1_000;
  for (;;) {
    const page = await operator.call(ROUTES.reconcile, {
      body: { dryRun, ...(reason && { reason, as }), ...(cursor && { cursor }), ...(since && { since }) },
    });
    if (page.notReported !== null && !dryRun && performance.now() < deadline) {
      console.error(`Waiting, since lost events cannot be reported now: ${page.notReported}`);
      await sleep(Math.min(REPORT_AGAIN, deadline - performance.now()));
      continue;
    }
    found = sum(found, page);
    cursor = page.nextCursor;
    if (cursor === null) break;
    position.write({ found, cursor });
  }
  position.remove();
  return found;
}

/** Puts the unknown orders back. @returns the report without them */
async function restoreUnknown(
  operator: Operator,
  { reason = '', as }: Options,
  found: Report,
): Promise<Report> {
  const unknown = found.findings.filter(({ kind }) => kind === 'order_unknown');
  for (const { orderId } of unknown)
    await operator.call(ROUTES.restoreOrder, { body: { orderId, reason, as } });
  if (unknown.length > 0)
    console.error(`Orders put back: ${unknown.length}. Run this again to see them compared.`);
  return { ...found, findings: found.findings.filter((finding) => !unknown.includes(finding)) };
}

function sum(one: Report, other: Report): Report {
  return {
    compared: one.compared + other.compared,
    waiting: one.waiting + other.waiting,
    findings: [...one.findings, ...other.findings],
    reported: one.reported + other.reported,
    notReported: one.notReported ?? other.notReported,
  };
}

function isContradiction({ kind }: Page['findings'][number]): boolean {
  return kind !== 'event_lost';
}

function describeReport({ compared, waiting, findings, reported, notReported }: Report): string {
  const contradictions = findings.filter(isContradiction);
  const lost = findings.length - contradictions.length;
  const lines = [
    ...(findings.length > 0 ? [tableOf(findings)] : []),
    `Compared orders: ${compared}, of which ${waiting} are still in progress.`,
    `Lost events: ${lost}, of which ${reported} are reported again${notReported === null ? '' : `; ${notReported}`}.`,
    contradictions.length === 0
      ? 'Contradictions: none.'
      : `Contradictions: ${contradictions.length}. They are not repaired: investigate them.`,
  ];
  return lines.join('\n');
}

function tableOf(findings: Page['findings']): string {
  const table = new Table({ head: ['order', 'found', 'what'], style: { head: [], border: [] } });
  for (const { orderId, kind, detail } of findings) table.push([orderId, kind, detail]);
  return table.toString();
}
