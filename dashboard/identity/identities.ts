import { v4 } from 'uuid';

/** Who asks, and the headers that say so to the gateway. */
export interface Identity {
  readonly userId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 3339; null where it does not end by itself. */
  readonly expiresAt: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A customer whom IDENTITY=dev believes to be who he says. Undefined when the text is no UUID. */
export function identityOf(userId: string): Identity | undefined {
  const given = userId.trim().toLowerCase();
  return UUID.test(given) ? { userId: given, headers: { 'X-User-Id': given }, expiresAt: null } : undefined;
}

/** Not crypto.randomUUID, which browsers keep from pages that came over plain HTTP from another machine. */
export function newIdentity(): Identity {
  const userId = v4();
  return { userId, headers: { 'X-User-Id': userId }, expiresAt: null };
}

/** What a token claims; whether that is true is the gateway's to check. Undefined when it is no token of a user. */
export function identityFromToken(given: string): Identity | undefined {
  const token = given.trim().replace(/^Bearer +/i, '');
  try {
    const { sub, exp } = claimsOf(token);
    if (typeof sub !== 'string' || !UUID.test(sub)) return undefined;
    return {
      userId: sub.toLowerCase(),
      headers: { Authorization: `Bearer ${token}` },
      expiresAt: typeof exp === 'number' ? new Date(exp * 1000).toISOString() : null,
    };
  } catch {
    return undefined;
  }
}

function claimsOf(token: string): { sub?: unknown; exp?: unknown } {
  const [, payload = ''] = token.split('.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; exp?: unknown };
}
