import { execa } from 'execa';
import { postgresUser } from '../bootstrap/folders.js';
import { UserError } from '../bootstrap/user-error.js';

/** Root runs PostgreSQL as the user `postgres`, made if there is none; anyone else runs it as himself. */
export async function userForPostgres(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const there = postgresUser();
  if (there) return there;
  await execa(
    'useradd',
    ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', '--user-group', 'postgres'],
    { reject: false },
  );
  const made = postgresUser();
  if (!made)
    throw new UserError(
      'PostgreSQL refuses to run as root, and useradd could not make the user postgres for it: make one, or start as another user.',
    );
  return made;
}
