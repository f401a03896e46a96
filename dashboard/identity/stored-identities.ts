import type { Identity } from './identities.ts';
import { identityFromToken, identityOf } from './identities.ts';

const CURRENT = 'gozon.identity';
const KNOWN = 'gozon.identities';

/** Who was here last. A token is kept for as long as the tab is open, a dev identity, which is no secret, for good. */
export function recallIdentity(mode: 'dev' | 'jwt'): Identity | undefined {
  if (mode === 'dev') return identityOf(localStorage.getItem(CURRENT) ?? '');
  return identityFromToken(sessionStorage.getItem(CURRENT) ?? '');
}

export function keepIdentity(mode: 'dev' | 'jwt', { userId, headers }: Identity): void {
  if (mode === 'jwt') return sessionStorage.setItem(CURRENT, headers['Authorization'] ?? '');
  localStorage.setItem(CURRENT, userId);
  const known = [userId, ...knownUserIds().filter((one) => one !== userId)].slice(0, 8);
  localStorage.setItem(KNOWN, known.join(' '));
}

export function forgetIdentity(): void {
  localStorage.removeItem(CURRENT);
  sessionStorage.removeItem(CURRENT);
}

/** Of those who were here with a dev identity, the latest first. */
export function knownUserIds(): string[] {
  return (localStorage.getItem(KNOWN) ?? '').split(' ').filter((userId) => identityOf(userId) !== undefined);
}
