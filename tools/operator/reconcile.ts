// npm run reconcile: compares all orders with payments, page by page, and prints the findings.
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import type { reconcileRoute } from '#contracts/http/repair-api.ts';
import type { ReplyOf } from '#contracts/http/route-contract.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { report } from '#tools/stack/bootstrap/user-error.js';
import { IDENTITY_HELP, gatewayOption, openOperator } from './ask-gateway.ts';
import type { Operator } from './ask-gateway.ts';

interface Options {
  readonly gateway: string;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly since?: string;
}

type Page = ReplyOf<typeof reconcileRoute>;
type Report = Omit<Page, 'nextCursor'>;

/** The exit code. 1 means that the comparison failed. */
const CONTRADICTIONS_FOUND = 3;

try {
  const options = new Command('npm run reconcile --')
    .description(
      'Compares every order with its decision and the ledger, and reports lost events again. Contradictions are listed ' +
        'and never repaired. Exits with 3 when there are contradictions, and with 1 when it could not compare.',
    )
    .option('--json', 'print JSON instead of a table', false)
    .option('--dry-run', 'only compare: report nothing again', false)
    .option('--since <time>', 'only orders placed then or later, as in 2026-11-22T18:51:26Z', readTime)
    .addOption(gatewayOption())
    .addHelpText('after', IDENTITY_HELP)
    .parse()
    .opts<Options>();
  await using operator = openOperator(options.gateway);
  const found = await reconcileAll(operator, options);
  console.log(options.json ? JSON.stringify(found, null, 2) : describeReport(found));
  if (found.findings.some(isContradiction)) process.exitCode = CONTRADICTIONS_FOUND;
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

async function reconcileAll(operator: Operator, { since, dryRun }: Options): Promise<Report> {
  const pages: Page[] = [];
  for (let cursor: string | null | undefined; cursor !== null; cursor = pages.at(-1)?.nextCursor ?? null) {
    pages.push(
      await operator.call(ROUTES.reconcile, {
        body: { dryRun, ...(cursor && { cursor }), ...(since && { since }) },
      }),
    );
  }
  const sum = (of: (page: Page) => number) => pages.reduce((total, page) => total + of(page), 0);
  return {
    compared: sum(({ compared }) => compared),
    waiting: sum(({ waiting }) => waiting),
    findings: pages.flatMap(({ findings }) => findings),
    reported: sum(({ reported }) => reported),
    notReported: pages.find(({ notReported }) => notReported !== null)?.notReported ?? null,
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
      : `Contradictions: ${contradictions.length}. They are never repaired: investigate them.`,
  ];
  return lines.join('\n');
}

function tableOf(findings: Page['findings']): string {
  const table = new Table({ head: ['order', 'found', 'what'], style: { head: [], border: [] } });
  for (const { orderId, kind, detail } of findings) table.push([orderId, kind, detail]);
  return table.toString();
}
