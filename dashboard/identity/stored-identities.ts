import type { Identity } from './identities.ts';
import { identityFromToken, identityOf } from './identities.ts';

const CURRENT = 'gozon.identity';
const KNOWN = 'gozon.identities';

/** The last identity. A token is kept while the tab is open. A dev identity is no secret, so it is kept indefinitely. */
export function loadIdentity(mode: 'dev' | 'jwt'): Identity | undefined {
  if (mode === 'dev') return identityOf(localStorage.getItem(CURRENT) ?? '');
  return identityFromToken(sessionStorage.getItem(CURRENT) ?? '');
}

export function storeIdentity(mode: 'dev' | 'jwt', { userId, headers }: Identity): void {
  if (mode === 'jwt') return sessionStorage.setItem(CURRENT, headers['Authorization'] ?? '');
  localStorage.setItem(CURRENT, userId);
  const known = [userId, ...recentUserIds().filter((one) => one !== userId)].slice(0, 8);
  localStorage.setItem(KNOWN, known.join(' '));
}

export function clearIdentity(): void {
  localStorage.removeItem(CURRENT);
  sessionStorage.removeItem(CURRENT);
}

/** The dev identities of this browser, latest first. */
export function recentUserIds(): string[] {
  return (localStorage.getItem(KNOWN) ?? '').split(' ').filter((userId) => identityOf(userId) !== undefined);
}
