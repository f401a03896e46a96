/** What makes a user more than a customer. A user may have both. */
export const ROLES = ['operator', 'merchant'] as const;

export type Role = (typeof ROLES)[number];

/** The roles among an issuer's words. What else it calls a user means nothing here. */
export function rolesAmong(words: readonly unknown[]): ReadonlySet<Role> {
  return new Set(ROLES.filter((role) => words.includes(role)));
}

/** The roles in a header: words with commas between them. */
export function rolesIn(header: string): ReadonlySet<Role> {
  return rolesAmong(header.split(',').map((word) => word.trim()));
}
