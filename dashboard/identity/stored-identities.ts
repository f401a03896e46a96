import type { Identity } from './identities.ts';
import { identityFromToken, identityOf } from './identities.ts';

const CURRENT = 'gozon.identity';
const KNOWN = 'gozon.identities';

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

type Storage = 'localStorage' | 'sessionStorage';

// A browser may refuse storage, and storage may be full. Then an identity lasts until the page is left.

function read(storage: Storage, name: string): string {
  try {
    return globalThis[storage].getItem(name) ?? '';
  } catch {
    return '';
  }
}

function write(storage: Storage, name: string, value: string): void {
  try {
    globalThis[storage].setItem(name, value);
  } catch {
    // See above.
  }
}
