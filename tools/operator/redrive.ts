// npm run redrive: retries failed outbox rows now, and lists, redrives or skips dead letters on request.
import Table from 'cli-table3';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { listDeadLettersRoute } from '#contracts/http/repair-api.ts';
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

interface Options {
  readonly gateway: string;
  readonly timeout: number;
  readonly list: boolean;
  readonly skip?: Position;
  readonly deadLetters: boolean;
  readonly reason?: string;
  readonly as: string;
}

/** Where a dead letter is in its topic. */
interface Position {
  readonly partition: number;
  readonly offset: number;
}

interface Because {
  readonly reason: string;
  readonly as: string;
}

try {
  const { list, skip, deadLetters, reason, as, ...system } = new Command('npm run redrive --')
    .description('Retries every failed outbox row now. Safe to repeat.')
    .option(
      '--dead-letters',
      'also redrive the messages of the dead-letter topic that were not redriven before',
      false,
    )
    .addOption(
      new Option('--list', 'only print the dead letters that were neither redriven nor skipped')
        .default(false)
        .conflicts(['deadLetters', 'skip']),
    )
    .addOption(
      new Option('--skip <position>', 'only pass over the dead letter at this position, and all before it')
        .argParser(readPosition)
        .conflicts('deadLetters'),
    )
    .addOption(reasonOption())
    .addOption(asOption())
    .addOption(gatewayOption())
    .addOption(timeoutOption())
    .addHelpText('after', IDENTITY_HELP)
    .parse()
    .opts<Options>();
  if (!list && reason === undefined)
    throw new UserError('Say why by --reason, or only look at dead letters by --list.');
  const because = { reason: reason ?? '', as };
  await using operator = openOperator(system);
  if (list) await listDeadLetters(operator);
  else if (skip) await skipDeadLetters(operator, skip, because);
  else await redrive(operator, deadLetters, because);
} catch (error) {
  report(error);
}
// The channel to bootstrap.js would hold this process.
process.exit();

async function listDeadLetters(operator: Operator): Promise<void> {
  const { deadLetters, deadLettersLeft } = await operator.call(ROUTES.listDeadLetters, {});
  if (deadLetters.length > 0) console.log(tableOf(deadLetters));
  const more = deadLettersLeft > 0 ? `, of which the first ${deadLetters.length} are shown` : '';
  console.log(`${count(deadLetters.length + deadLettersLeft, 'dead letter')}${more}.`);
}

async function skipDeadLetters(operator: Operator, position: Position, because: Because): Promise<void> {
  const { skipped } = await operator.call(ROUTES.skipDeadLetters, { body: { ...position, ...because } });
  console.log(`${count(skipped, 'dead letter')} skipped.`);
}

async function redrive(operator: Operator, deadLetters: boolean, because: Because): Promise<void> {
  const body = { deadLetters, ...because };
  let { rows, deadLetters: last, deadLettersLeft: left } = await operator.call(ROUTES.redrive, { body });
  let redriven = last;
  while (last > 0 && left > 0) {
    const next = await operator.call(ROUTES.redrive, { body });
    last = next.deadLetters;
    redriven += last;
    // A message that fails again becomes a new dead letter, which is for the next run.
    left = Math.min(left - last, next.deadLettersLeft);
  }
  console.log(
    rows > 0 ? `${count(rows, 'outbox row')} will be retried now.` : await describeOutbox(operator),
  );
  if (deadLetters) console.log(`${count(redriven, 'dead letter')} redriven.`);
  if (left > 0) {
    throw new UserError(
      `${count(left, 'dead letter')} left, and the last call redrove none: check Kafka, and run this again.`,
    );
  }
}

/** When no row had failed, all that wait do so for their first attempt, which no redrive can bring nearer. */
async function describeOutbox(operator: Operator): Promise<string> {
  const { outbox } = await operator.call(ROUTES.getSystem, {});
  const pending = outbox?.pending ?? 0;
  const others = pending > 0 ? `; ${pending} wait for their first attempt` : '';
  return `No outbox row waits for a retry${others}.`;
}

function tableOf(deadLetters: ReplyOf<typeof listDeadLettersRoute>['deadLetters']): string {
  const table = new Table({
    head: ['position', 'when', 'key', 'code', 'reason'],
    style: { head: [], border: [] },
  });
  for (const { partition, offset, at, key, code, reason } of deadLetters)
    table.push([`${partition}/${offset}`, at, key ?? '', code ?? '', reason ?? '']);
  return table.toString();
}

function readPosition(text: string): Position {
  const [, partition, offset] = /^(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  if (partition === undefined || offset === undefined)
    throw new InvalidArgumentError('It must be a position that --list prints, such as 0/17.');
  return { partition: Number(partition), offset: Number(offset) };
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
