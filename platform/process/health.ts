import { describeError } from './describe-error.ts';

/** The state of one role of a process: a database, a consumer, a relay. A role that is ready may still need a person. */
export type RoleState =
  | { readonly ready: true; readonly warning?: string }
  | { readonly ready: false; readonly reason: string };

export interface RoleOptions {
  /** Whether requests need it. The other roles work in the background: without them work is late. */
  readonly serves?: boolean;
}

/** The roles of a process. */
export interface Health {
  /** Declares a role that reports its own state; it starts not ready. */
  role(name: string, options?: RoleOptions): (state: RoleState) => void;
  /** Declares a role that is probed for each report. The probe may return a warning. */
  check(name: string, probe: () => Promise<string | void>, options?: RoleOptions): void;
  report(): Promise<HealthReport>;
}

export interface HealthReport {
  /** Whether every role is ready. */
  readonly ready: boolean;
  /** Whether every role that requests need is ready. */
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
          (warning): RoleState => (warning === undefined ? { ready: true } : { ready: true, warning }),
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
