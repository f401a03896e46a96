import path from 'node:path';
import { Command } from 'commander';
import { UserError } from '#tools/stack/bootstrap/user-error.js';
import { findTests, hasOtherCommand, isIn, isQuick } from './lanes.ts';

export interface Choice {
  readonly files: readonly string[];
  /** Options of mocha's own. */
  readonly mochaOptions: readonly string[];
}

const HELP = `
  npm test                                              everything; about 12 minutes on two cores
  npm test -- --quick                                   unit, database and workflow; at most 2 minutes
  npm test -- orders                                    what tests the folder orders, in every tier
  npm test -- test/database                             a tier
  npm test -- test/database/orders/place-order.test.ts  a file
  npm test -- --grep 'debits once'                      the tests whose titles hold this
  npm test -- orders --quick --bail                     all of these together, and options of mocha

Tests run in lanes side by side; test/README.md says what is in each. The last line is "N passed, N failed".
With CI set, a test that is marked .only is an error.`;

/**
 * Prints help and ends the process when it is asked for.
 * @throws UserError when a word names no test
 */
export function chooseTests(args: readonly string[]): Choice {
  const command = new Command('npm test --')
    .description(
      'Brings up PostgreSQL, Kafka and Temporal on free ports, runs the tests, and takes all of it down again.',
    )
    .argument('[what...]', 'folders of the product, or paths in test/; everything by default')
    .option('--quick', 'only the tiers unit, database and workflow, which need no whole system')
    .option('-g, --grep <words>', 'only tests whose titles hold these words')
    .allowUnknownOption()
    .addHelpText('after', HELP)
    .parse(args, { from: 'user' });
  const { quick, grep } = command.opts<{ quick?: true; grep?: string }>();
  const words = command.args.filter((word) => !word.startsWith('-'));
  const all = findTests();
  const named = words.length > 0 ? words.flatMap((word) => findNamed(all, word)) : withoutOtherCommands(all);
  return {
    files: quick ? named.filter(isQuick) : named,
    mochaOptions: [
      ...(grep === undefined ? [] : [`--grep=${grep}`]),
      ...command.args.filter((word) => word.startsWith('-')),
    ],
  };
}

function findNamed(all: readonly string[], word: string): string[] {
  const name = word.replace(/^\.\//, '').replace(/\/+$/, '');
  const found = isIn('test', name)
    ? all.filter((file) => isIn(name, file))
    : withoutOtherCommands(all).filter((file) => isIn(name, productPath(file)));
  if (found.length > 0) return found;
  const folders = new Set(all.map((file) => path.dirname(productPath(file)).replace(/\/.*/, '')));
  folders.delete('.');
  throw new UserError(
    `No test is in ${word}: name a path in test/, or one of ${[...folders].toSorted().join(', ')}.`,
  );
}

function withoutOtherCommands(all: readonly string[]): string[] {
  return all.filter((file) => !hasOtherCommand(file));
}

/** A tier mirrors the product: test/<tier>/<path in the product>. */
function productPath(file: string): string {
  return file.split('/').slice(2).join('/');
}
