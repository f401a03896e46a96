import { rmSync } from 'node:fs';
import { Command } from 'commander';
import { clearStaleRegistry } from '#tools/stack/processes/supervisor-lock.ts';
import { openResults } from '../measure/results.ts';
import { takeRounds } from '../measure/rounds.ts';
import type { RoundResult } from '../measure/rounds.ts';
import { lengthOfTurns } from '../measure/turn.ts';
import { printTurns } from '../report/print-turns.ts';
import { checkOut, thisCopy } from './check-out.ts';
import { homeOf, npmStart } from './npm-start.ts';

/** `npm run bench -- before <commit>` */
export function beforeCommand(): Command {
  return new Command('before')
    .description('Compares this system with itself at an older commit, each by its own npm start, in turns.')
    .argument('<commit>')
    .option('--rounds <number>', 'turns of each; more than one are longer turns', '1')
    .option('--short', 'short turns all the same')
    .option('--resume', 'goes on where a run was ended')
    .action(compareWithBefore);
}

async function compareWithBefore(
  commit: string,
  { rounds, short = false, resume = false }: { rounds: string; short?: boolean; resume?: boolean },
): Promise<void> {
  const copies = { before: await checkOut(commit), now: thisCopy() };
  const results = await openResults<RoundResult>('before', { resume });
  const subjects = Object.entries(copies).map(([name, copy]) => ({
    name,
    start: async (stack: AsyncDisposableStack) => npmStart(copy, homeOf(name), stack),
  }));
  for (const { name } of subjects) {
    // What a run left that was killed.
    await clearStaleRegistry(homeOf(name), console.error);
    if (!resume) rmSync(homeOf(name), { recursive: true, force: true });
  }
  // Both at the same rates.
  await takeRounds(subjects, Number(rounds), lengthOfTurns({ rounds, short }), results, 'before');
  printTurns(results.all);
}
