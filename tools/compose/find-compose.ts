import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { artifactsFolder } from '#tools/stack/bootstrap/folders.js';
import { UserError } from '#tools/stack/bootstrap/user-error.js';

export interface Compose {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: string;
}

/** The Debian release whose compose is new enough for what docker-compose.yml uses (start_interval: 2.20). */
const suite = 'trixie';

/**
 * The machine's docker compose; or else, on Debian, the one of a newer release, unpacked into a folder and not installed.
 * @throws UserError when there is neither
 */
export async function findCompose(): Promise<Compose> {
  const own = await versionOf('docker', ['compose']);
  if (own) return own;
  const folder = path.join(artifactsFolder(), `compose-${suite}`);
  const command = path.join(folder, 'root/usr/libexec/docker/cli-plugins/docker-compose');
  if (!existsSync(command)) await unpack(folder);
  const unpacked = await versionOf(command, []);
  if (unpacked) return unpacked;
  throw new UserError(
    'There is no docker compose 2.20 or newer, nor could one be had from Debian: install one.',
  );
}

async function versionOf(command: string, args: readonly string[]): Promise<Compose | undefined> {
  const { stdout, failed } = await execa(command, [...args, 'version', '--short'], { reject: false });
  const [major = 0, minor = 0] = stdout?.replace(/^v/, '').split('.').map(Number) ?? [];
  if (failed || major < 2 || (major === 2 && minor < 20)) return undefined;
  return { command, args, version: stdout };
}

async function unpack(folder: string): Promise<void> {
  const apt = path.join(folder, 'apt');
  mkdirSync(path.join(apt, 'lists/partial'), { recursive: true });
  mkdirSync(path.join(apt, 'archives/partial'), { recursive: true });
  writeFileSync(path.join(apt, 'status'), '');
  writeFileSync(
    path.join(apt, 'sources.list'),
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await debianMirror()} ${suite} main\n`,
  );
  const options = {
    'Dir::Etc::SourceList': path.join(apt, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': path.join(apt, 'lists'),
    'Dir::State::Status': path.join(apt, 'status'),
    'Dir::Cache': apt,
    'APT::Sandbox::User': 'root',
  };
  const args = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  try {
    await execa('apt-get', [...args, 'update'], { cwd: folder });
    await execa('apt-get', [...args, 'download', 'docker-compose'], { cwd: folder });
    await execa('sh', ['-c', 'dpkg-deb -x docker-compose_*.deb root'], { cwd: folder });
  } catch (cause) {
    throw new UserError(
      `There is no docker compose, and Debian's could not be fetched: install one. (${String(cause)})`,
    );
  } finally {
    rmSync(apt, { recursive: true });
  }
}

/** Where this machine gets Debian from. */
async function debianMirror(): Promise<string> {
  const { stdout } = await execa(
    'apt-get',
    ['indextargets', '--format', '$(SITE) $(REPO_URI)', 'Created-By: Packages'],
    {
      reject: false,
    },
  );
  const found = /^\S+ (\S+\/debian\/?)$/m.exec(stdout ?? '')?.[1];
  if (!found)
    throw new UserError('There is no docker compose, and this is no Debian to get one from: install one.');
  return found;
}
