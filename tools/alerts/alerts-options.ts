import { Command, InvalidArgumentError, Option } from 'commander';
import { readAlertNames } from './rules.ts';

export interface AlertsOptions {
  /** The alerts to fire; all by default. */
  readonly only: readonly string[];
  /** By what durations are divided. */
  readonly factor: number;
  /** Whether to write the results into the document. */
  readonly document: boolean;
  /** Whether to take pictures of Prometheus' own pages. */
  readonly pictures: boolean;
}

/** At 60 s a minute is a second, and Prometheus scrapes four times a second. */
const FACTOR = 60;

/** Prints help or what is wrong, and ends the process, when it cannot go on. */
export function readAlertsOptions(args: readonly string[]): AlertsOptions {
  const names = readAlertNames();
  return new Command('npm run alerts --')
    .description(
      'Starts a system of its own and a real Prometheus with the rules of deploy/prometheus/, whose durations are divided. Brings ' +
        'the fault of each alert about, waits until it fires, heals the fault, and waits until it is gone. Exits with 1 if ' +
        'one does not.',
    )
    .addOption(
      new Option('--only <alerts>', 'which, with commas between them; the others of their faults fire too')
        .argParser((text) => readNames(text, names))
        .default(names, 'all'),
    )
    .addOption(
      new Option(
        '--factor <number>',
        'by what each duration of the rules is divided; by less where a scrape takes long',
      )
        .argParser(readFactor)
        .default(FACTOR),
    )
    .option('--document', 'put the results into deploy/prometheus/README.md', false)
    .option('--pictures', "take pictures of Prometheus' own pages into docs/images/", false)
    .addHelpText(
      'after',
      `
  npm run alerts -- --only DeadLetters,OutboxStuck

GOZON_HOME says where the system is kept while it runs (default ./.gozon). Prometheus is that on PATH, or the package of Debian
or Ubuntu, unpacked.`,
    )
    .parse(args, { from: 'user' })
    .opts<AlertsOptions>();
}

function readNames(text: string, names: readonly string[]): readonly string[] {
  const given = text.split(',');
  const unknown = given.find((name) => !names.includes(name));
  if (unknown === undefined) return given;
  throw new InvalidArgumentError(`There is no alert ${unknown}, but ${names.join(', ')}.`);
}

function readFactor(text: string): number {
  const factor = Number(text);
  if (/^\d+$/.test(text) && factor >= 30 && factor <= 60) return factor;
  throw new InvalidArgumentError('It must be a whole number from 30 to 60.');
}
