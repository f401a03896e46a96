/** What one role of a process (a database, a consumer, a relay) says of itself. */
export type RoleState = { readonly ready: true } | { readonly ready: false; readonly reason: string };

export interface RoleOptions {
  /** Whether no request can be answered without it. The others work in the background: what they do is late without them. */
  readonly serves?: boolean;
}

/** The roles of a process. */
export interface Health {
  /** Declares a role, not ready until it says so. */
  role(name: string, options?: RoleOptions): (state: RoleState) => void;
  /** Declares a role that is asked each time. */
  check(name: string, probe: () => Promise<void>, options?: RoleOptions): void;
  report(): Promise<HealthReport>;
}

export interface HealthReport {
  /** Whether every role is ready. */
  readonly ready: boolean;
  /** Whether each role is that requests need. */
  readonly serving: boolean;
  readonly roles: Record<string, RoleState>;
}

export function createHealth(): Health {
  const roles = new Map<string, { serves: boolean; ask: () => Promise<RoleState> }>();
  return {
    role(name, { serves = false } = {}) {
      let state: RoleState = { ready: false, reason: 'starting' };
      roles.set(name, { serves, ask: async () => state });
      return (next) => {
        state = next;
      };
    },
    check(name, probe, { serves = false } = {}) {
      const ask = async () =>
        probe().then(
          () => ({ ready: true }) as const,
          (error: unknown) => ({ ready: false, reason: describeError(error) }) as const,
        );
      roles.set(name, { serves, ask });
    },
    async report() {
      const asked = await Promise.all(
        [...roles].map(async ([name, { serves, ask }]) => ({ name, serves, state: await ask() })),
      );
      return {
        ready: asked.every(({ state }) => state.ready),
        serving: asked.every(({ serves, state }) => !serves || state.ready),
        roles: Object.fromEntries(asked.map(({ name, state }) => [name, state])),
      };
    },
  };
}

/** An outage in one line, without the stack and without addresses: it is shown to customers, and kept with their orders. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describeError(error.errors[0]);
  return withoutAddresses(error instanceof Error ? error.message || error.name : String(error));
}

/** Words of others about what failed, without the hosts and ports that they name. */
export function withoutAddresses(words: string): string {
  return words
    .replaceAll(/\b(ENOTFOUND|EAI_AGAIN)\s+[\w.-]+/g, '$1')
    .replaceAll(ADDRESS, '')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}

/** An IPv4 or IPv6 address with or without a port, or a host with one. */
const ADDRESS =
  /(?<![\w.])(?:(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|\[[\da-f:.]+\](?::\d+)?|(?:[\da-f]{0,4}:){2,7}[\da-f]{1,4}(?::\d+)?|[a-z][\w.-]*:\d{2,5})(?![\w.])/gi;
