import { read, write } from '../shell/storage.ts';
import type { Identity } from './identities.ts';
import { identityFromToken, identityOf } from './identities.ts';

const CURRENT = 'gozon.identity';
const KNOWN = 'gozon.identities';

// Where storage is refused, an identity lasts until the page is left.

/**
 * The last identity: of this tab, or for a dev identity of any tab. A token is kept while the tab is open. A dev
 * identity is no secret, so it is kept indefinitely.
 */
export function loadIdentity(mode: 'dev' | 'jwt'): Identity | undefined {
  const ofTab = read('sessionStorage', CURRENT);
  if (mode === 'jwt') return identityFromToken(ofTab);
  return identityOf(ofTab) ?? identityOf(read('localStorage', CURRENT));
}

export function storeIdentity(mode: 'dev' | 'jwt', { userId, headers }: Identity): void {
  if (mode === 'jwt') return write('sessionStorage', CURRENT, headers['Authorization'] ?? '');
  // Two tabs may have two customers: a new tab begins with the latest.
  write('sessionStorage', CURRENT, userId);
  write('localStorage', CURRENT, userId);
  const known = [userId, ...recentUserIds().filter((one) => one !== userId)].slice(0, 8);
  write('localStorage', KNOWN, known.join(' '));
}

export function clearIdentity(): void {
  write('localStorage', CURRENT, '');
  write('sessionStorage', CURRENT, '');
}

/** The dev identities of this browser, latest first. */
export function recentUserIds(): string[] {
  return read('localStorage', KNOWN)
    .split(' ')
    .filter((userId) => identityOf(userId) !== undefined);
}
