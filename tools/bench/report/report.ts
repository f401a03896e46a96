import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { flameGraphFile } from '../profile/profile.ts';
import { FOLDER, readData, RUNS, takeResults } from './data.ts';
import type { RunName } from './data.ts';
import { performancePage } from './performance-page.ts';

/** `npm run bench -- report` */
export function reportCommand(): Command {
  return new Command('report')
    .description('Writes docs/performance.md from docs/performance/.')
    .addOption(
      new Option('--take <runs...>', 'first takes the results of the last run of these').choices(RUNS),
    )
    .action(writeReport);
}

async function writeReport({ take = [] }: { take?: RunName[] }): Promise<void> {
  for (const name of take) takeResults(name);
  if (take.includes('profile')) {
    for (const thread of ['main', 'workflow'] as const)
      copyFileSync(flameGraphFile(thread), path.join(FOLDER, path.basename(flameGraphFile(thread))));
  }
  const page = path.join(CHECKOUT, 'docs/performance.md');
  const notes = path.join(CHECKOUT, 'docs/performance-notes.md');
  writeFileSync(page, performancePage(readData(), readFileSync(notes, 'utf8')));
  await execa(path.join(CHECKOUT, 'node_modules/.bin/oxfmt'), [page], { cwd: CHECKOUT });
}
