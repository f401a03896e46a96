// npm run bench: what this system is worth on this machine, as ratios of measurements taken in turn.
import { Command } from 'commander';
import { report } from '#tools/stack/bootstrap/user-error.js';
import { beforeCommand } from './before/before.ts';
import { choicesCommand } from './choices/choices.ts';
import { growthCommand } from './growth/growth.ts';
import { peersCommand } from './peers/compare-peers.ts';
import { profileCommand } from './profile/profile.ts';
import { reportCommand } from './report/report.ts';

try {
  await new Command('npm run bench --')
    .description('Measures on PostgreSQL, Kafka and Temporal of its own. Use a quiet machine.')
    .addCommand(peersCommand(), { isDefault: true })
    .addCommand(beforeCommand())
    .addCommand(choicesCommand())
    .addCommand(growthCommand())
    .addCommand(profileCommand())
    .addCommand(reportCommand())
    .parseAsync();
} catch (error) {
  report(error);
}
// The channel to bootstrap.js would hold this process.
process.exit();
