import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { buildGoPrograms, goProgramsFolder } from '#test/support/go-programs.ts';
import { UserError } from '#tools/stack/bootstrap/user-error.js';

const version = '1.32.0';
const module = 'go.temporal.io/server/cmd';

const TEMPORAL = {
  folder: `temporal-server-${version}`,
  packages: [`${module}/server@v${version}`, `${module}/tools/sql@v${version}`],
  finish: (folder: string) => {
    symlinkSync('server', path.join(folder, 'temporal-server'));
    symlinkSync('sql', path.join(folder, 'temporal-sql-tool'));
  },
};

/** Where `temporal-server` and `temporal-sql-tool` are, named as in the images. */
export function temporalBinaries(): string {
  return goProgramsFolder(TEMPORAL);
}

/** Builds Temporal's server and its schema tool from their Go module, once: 4 minutes on two cores. @throws UserError */
export async function buildTemporal(): Promise<void> {
  if ((await buildGoPrograms(TEMPORAL)) === undefined)
    throw new UserError('Go is needed to build the Temporal server: install it (https://go.dev).');
}
