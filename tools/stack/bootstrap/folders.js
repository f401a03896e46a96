import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The folder that holds package.json. */
export const CHECKOUT = path.resolve(import.meta.dirname, '../../..');

/**
 * The one folder for everything downloaded, stored and logged. PostgreSQL refuses to run as root, so root runs it as the
 * user `postgres`. That user cannot reach a checkout under a closed home such as /root: then the folder is in
 * /var/lib/gozon.
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {{ home: string, why?: string }}
 */
export function homeFolder(environment = process.env) {
  const set = environment['GOZON_HOME'];
  if (set) return { home: path.resolve(set) };
  const usual = path.join(CHECKOUT, '.gozon');
  if (process.getuid?.() !== 0 || isReachable(CHECKOUT, postgresUser())) return { home: usual };
  const hash = createHash('sha256').update(CHECKOUT).digest('hex').slice(0, 8);
  return {
    home: `/var/lib/gozon/${path.basename(CHECKOUT)}-${hash}`,
    why: `PostgreSQL has to run as the user postgres, which cannot reach ${CHECKOUT}. GOZON_HOME chooses another folder.`,
  };
}

/** @param {NodeJS.ProcessEnv} [environment] */
export function artifactsFolder(environment = process.env) {
  const set = environment['GOZON_PARTS'];
  return set ? path.resolve(set) : path.join(homeFolder(environment).home, 'parts');
}

/**
 * The user that runs PostgreSQL when we are root, if there is one yet.
 * @returns {{ uid: number, gid: number } | undefined}
 */
export function postgresUser() {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

/**
 * Whether a user (or, without one, any user) may enter a folder.
 * @param {string} folder
 * @param {{ uid: number, gid: number } | undefined} user
 */
export function isReachable(folder, user) {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = user?.uid === uid ? 0o100 : user?.gid === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}
