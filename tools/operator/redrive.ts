// npm run redrive: retries failed outbox rows now, and dead letters on request.
import { Command } from 'commander';
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

try {
  const { deadLetters, reason, as, ...system } = new Command('npm run redrive --')
    .description('Retries every failed outbox row now. Safe to repeat.')
    .option(
      '--dead-letters',
      'also redrive the messages of the dead-letter topic that were not redriven before',
      false,
    )
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(asOption())
    .addOption(gatewayOption())
    .addOption(timeoutOption())
    .addHelpText('after', IDENTITY_HELP)
    .parse()
    .opts<{ gateway: string; timeout: number; deadLetters: boolean; reason: string; as: string }>();
  await using operator = openOperator(system);
  const body = { deadLetters, reason, as };
  let { rows, deadLetters: last, deadLettersLeft: left } = await operator.call(ROUTES.redrive, { body });
  let redriven = last;
  while (last > 0 && left > 0) {
    const next = await operator.call(ROUTES.redrive, { body });
    last = next.deadLetters;
    redriven += last;
    // A message that fails again becomes a new dead letter, which is for the next run.
    left = Math.min(left - last, next.deadLettersLeft);
  }
  console.log(`${count(rows, 'outbox row')} will be retried now.`);
  if (deadLetters) console.log(`${count(redriven, 'dead letter')} redriven.`);
  if (left > 0) {
    throw new UserError(
      `${count(left, 'dead letter')} left, and the last call redrove none: check Kafka, and run this again.`,
    );
  }
} catch (error) {
  report(error);
}
// The channel to bootstrap.js would hold this process.
process.exit();

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
