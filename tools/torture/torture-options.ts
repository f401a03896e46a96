import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { FAULT_CLASSES } from './fault-classes.ts';

export interface TortureOptions {
  readonly faults: readonly string[];
  readonly seed: number;
  /** At least; each class has its own number when neither this nor minutes are given. */
  readonly orders?: number;
  readonly minutes?: number;
  /** Orders a second. */
  readonly rate: number;
  readonly resume: boolean;
  readonly document: boolean;
}

const MAX_SEED = 2 ** 32 - 1;

/** Prints help or what is wrong, and ends the process, when it cannot go on. */
export function readTortureOptions(args: readonly string[]): TortureOptions {
  const names = Object.keys(FAULT_CLASSES);
  const command = new Command('npm run torture --')
    .description(
      'Starts a system of its own for each class of faults, has a load and faults meet in it, heals it, waits until it is ' +
        'at rest, and checks every invariant and what each customer was told. Exits with 1 on any breach, and prints the ' +
        'shortest history that shows it. Results are stored, so that a long set can be resumed.',
    )
    .addOption(
      new Option('--faults <classes>', 'which, with commas between them, or all')
        .argParser((text) => readClasses(text, names))
        .default(['mixed'], 'mixed'),
    )
    .addOption(
      whole('--seed <number>', 'repeats a run: its load, its faults and their sequence', 0, MAX_SEED).default(
        randomInt(MAX_SEED),
        'random',
      ),
    )
    .addOption(whole('--orders <count>', 'at least so many in each class', 50, 100_000).conflicts('minutes'))
    .addOption(whole('--minutes <count>', 'at least so long in each class', 1, 600))
    .addOption(whole('--rate <count>', 'orders a second', 1, 200).default(25))
    .option('--resume', 'leave out the classes that have a good result already', false)
    .option('--document', 'only put the results that are stored into docs/reliability.md', false)
    .addHelpText(
      'after',
      `
Classes, each with the orders it takes at least; more are placed until each of its faults has been done:
${Object.entries(FAULT_CLASSES)
  .map(
    ([name, { description, orders }]) => `  ${name.padEnd(15)} ${String(orders).padStart(6)}  ${description}`,
  )
  .join('\n')}

  npm run torture -- --faults kill --seed 7 --orders 500
  npm run torture -- --faults all --seed 1 --resume      the whole set, a long while; can be stopped and resumed

GOZON_HOME says where systems and results are kept (default ./.gozon).`,
    )
    .parse(args, { from: 'user' });
  return command.opts<TortureOptions>();
}

function readClasses(text: string, names: readonly string[]): readonly string[] {
  if (text === 'all') return names;
  const given = text.split(',');
  const unknown = given.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`There is no class ${unknown}, but all, ${names.join(', ')}.`);
  }
  return given;
}

function whole(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  });
}
