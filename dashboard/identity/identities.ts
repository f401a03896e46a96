import { v4 } from 'uuid';

/** A user, with the headers that identify them to the gateway. */
export interface Identity {
  readonly userId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether to show the operator's page. The gateway checks the role itself. */
  readonly operator: boolean;
  /** Whether to offer captures and refunds in parts. */
  readonly merchant: boolean;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A customer of IDENTITY=dev, which trusts any id. Undefined when the text is not a UUID. */
export function identityOf(userId: string): Identity | undefined {
  const given = userId.trim().toLowerCase();
  return UUID.test(given) ? devIdentity(given) : undefined;
}

/** Not by crypto.randomUUID: browsers do not offer it to pages that came over plain HTTP from another machine. */
export function newIdentity(): Identity {
  return devIdentity(v4());
}

/** With every role. */
function devIdentity(userId: string): Identity {
  return { userId, headers: { 'X-User-Id': userId }, operator: true, merchant: true };
}

/** The claims of a token, which the gateway verifies. Undefined when it is not the token of a user. */
export function identityFromToken(given: string): Identity | undefined {
  const token = given.trim().replace(/^Bearer +/i, '');
  try {
    const { sub, roles } = claimsOf(token);
    if (typeof sub !== 'string' || !UUID.test(sub)) return undefined;
    const has = (role: string) => Array.isArray(roles) && roles.includes(role);
    return {
      userId: sub.toLowerCase(),
      headers: { Authorization: `Bearer ${token}` },
      operator: has('operator'),
      merchant: has('merchant'),
    };
  } catch {
    return undefined;
  }
}

function claimsOf(token: string): { sub?: unknown; roles?: unknown } {
  const [, payload = ''] = token.split('.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; roles?: unknown };
}
