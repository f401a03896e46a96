import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { artifactsFolder } from '#tools/stack/bootstrap/folders.js';
import { UserError } from '#tools/stack/bootstrap/user-error.js';

const version = '1.32.0';

/** Where `temporal-server` and `temporal-sql-tool` are, named as in the images. */
export function temporalBinaries(): string {
  return path.join(artifactsFolder(), `temporal-server-${version}`);
}

/** Builds Temporal's server and its schema tool from their Go module, once: 4 minutes on two cores. @throws UserError */
export async function buildTemporal(): Promise<void> {
  const folder = temporalBinaries();
  if (existsSync(folder)) return;
  const { failed } = await execa('go', ['version'], { reject: false });
  if (failed) throw new UserError('Go is needed to build the Temporal server: install it (https://go.dev).');
  console.log(`Building the Temporal server ${version} from its Go module; this takes some minutes, once.`);
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    const module = 'go.temporal.io/server/cmd';
    const packages = [`${module}/server@v${version}`, `${module}/tools/sql@v${version}`];
    await execa('go', ['install', ...packages], { env: { GOBIN: draft, GOFLAGS: '' }, stdio: 'inherit' });
    symlinkSync('server', path.join(draft, 'temporal-server'));
    symlinkSync('sql', path.join(draft, 'temporal-sql-tool'));
    renameSync(draft, folder);
  } catch (cause) {
    throw new UserError(`The Temporal server could not be built: ${String(cause)}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
