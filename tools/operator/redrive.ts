// npm run redrive: tries at once what waits for its next attempt, and dead letters if told to.
import { Command } from 'commander';
import { ROUTES } from '#contracts/values/routes.ts';
import { report, UserError } from '#tools/stack/bootstrap/user-error.js';
import { IDENTITY_HELP, gatewayOption, openOperator } from './ask-gateway.ts';

try {
  const { gateway, deadLetters } = new Command('npm run redrive --')
    .description('Makes every outbox row that has failed due now. Harmless to repeat.')
    .option(
      '--dead-letters',
      'also give the messages of the dead-letter topic to the consumer again, those that were not given back before',
      false,
    )
    .addOption(gatewayOption())
    .addHelpText('after', IDENTITY_HELP)
    .parse()
    .opts<{ gateway: string; deadLetters: boolean }>();
  await using operator = openOperator(gateway);
  let {
    rows,
    deadLetters: last,
    deadLettersLeft: left,
  } = await operator.call(ROUTES.redrive, { body: { deadLetters } });
  let given = last;
  while (last > 0 && left > 0) {
    const next = await operator.call(ROUTES.redrive, { body: { deadLetters } });
    last = next.deadLetters;
    given += last;
    // What is still unreadable comes back as a new dead letter: those are for the next time.
    left = Math.min(left - last, next.deadLettersLeft);
  }
  console.log(`${count(rows, 'row')} of the outbox made due.`);
  if (deadLetters) console.log(`${count(given, 'dead letter')} given back.`);
  if (left > 0) {
    throw new UserError(
      `${count(left, 'dead letter')} left, of which the last call gave none back: see whether Kafka is well, and run this again.`,
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
