import { execa } from 'execa';
import { postgresUser } from '../bootstrap/folders.js';
import { UserError } from '../bootstrap/user-error.js';

/** Root runs PostgreSQL as the user `postgres`, which is made when missing. Any other user runs it as itself. */
export async function userForPostgres(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const present = postgresUser();
  if (present) return present;
  await execa(
    'useradd',
    ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', '--user-group', 'postgres'],
    { reject: false },
  );
  const made = postgresUser();
  if (!made)
    throw new UserError(
      'PostgreSQL refuses to run as root, and useradd could not make the user postgres. Make that user, or start as another user.',
    );
  return made;
}
