import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { artifactsFolder } from '#tools/stack/bootstrap/folders.js';
import { UserError } from '#tools/stack/bootstrap/user-error.js';

/** Programs that are built from Go modules, kept among the artifacts. */
export interface GoPrograms {
  /** Names the version, so that another one is built again. */
  readonly folder: string;
  /** As `go install` takes them: `module/path@version`. */
  readonly packages: readonly string[];
  /** What else the folder needs. */
  readonly finish?: (folder: string) => void;
}

export function goProgramsFolder({ folder }: GoPrograms): string {
  return path.join(artifactsFolder(), folder);
}

/**
 * Builds them unless they are there.
 * @returns their folder, or nothing where there is no Go
 * @throws UserError when the build fails
 */
export async function buildGoPrograms(programs: GoPrograms): Promise<string | undefined> {
  const folder = goProgramsFolder(programs);
  if (existsSync(folder)) return folder;
  if ((await execa('go', ['version'], { reject: false })).failed) return undefined;
  console.log(`Building ${programs.folder} from its Go module, once; this takes up to some minutes.`);
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    // Without what needs a C compiler, and without debug information.
    const env = { GOBIN: draft, GOFLAGS: '', CGO_ENABLED: '0' };
    await execa('go', ['install', '-ldflags=-s -w', ...programs.packages], { env, stdio: 'inherit' });
    programs.finish?.(draft);
    renameSync(draft, folder);
    return folder;
  } catch (cause) {
    throw new UserError(`${programs.folder} could not be built: ${String(cause)}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
