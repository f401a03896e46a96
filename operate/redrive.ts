// npm run redrive: tries at once what waits for its next attempt, and dead letters if told to.
import { Command } from 'commander';
import { redriveRoute } from '#contracts/repair-api.ts';
import { report } from '../stack/trouble.js';
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
  const first = await operator.ask(redriveRoute, { deadLetters });
  // What is still unreadable comes back as a new dead letter: those are for the next time.
  let given = first.deadLetters;
  for (let left = first.deadLettersLeft; left > 0;) {
    const next = await operator.ask(redriveRoute, { deadLetters });
    given += next.deadLetters;
    left = Math.min(left - next.deadLetters, next.deadLettersLeft);
  }
  console.log(`${count(first.rows, 'row')} of the outbox made due.`);
  if (deadLetters) console.log(`${count(given, 'dead letter')} given back.`);
} catch (error) {
  report(error);
}
// The channel to bootstrap.js would hold this process.
process.exit();

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
