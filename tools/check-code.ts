import { execa } from 'execa';

/** What `npm run check` runs. Each command prints its own findings. */
const CHECKS = [
  ['tsc'],
  ['tsc', '--project', 'dashboard'],
  ['oxlint'],
  ['oxfmt', '--check', '.'],
  ['knip', '--no-progress'],
] as const;

const failed: string[] = [];
for (const [command, ...args] of CHECKS) {
  const { exitCode } = await execa(command, args, { preferLocal: true, stdio: 'inherit', reject: false });
  console.log(`${exitCode === 0 ? '✔' : '✘'} ${[command, ...args].join(' ')}`);
  if (exitCode !== 0) failed.push(command);
}
if (failed.length > 0) {
  console.error(`\n${failed.join(', ')} found problems. \`npm run format\` fixes those of oxfmt.`);
  process.exitCode = 1;
}
