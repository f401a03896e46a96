import { writeFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';

/**
 * What each service commits, recognised by its SQL text. Each is one statement, so PostgreSQL does all of it or nothing.
 */
export const STATEMENTS: Readonly<Partial<Record<ServiceName, Readonly<Record<string, RegExp>>>>> = {
  orders: {
    'placing an order': /\bplace_order\(/,
    'requesting a cancel': /\brequest_cancel\(/,
    'requesting a capture': /\brequest_capture\(/,
    'requesting a refund': /\brequest_refund\(/,
    'applying events': /\binsert into inbox\b/,
    'positioning events': /\bposition_order_events\(/,
    'sending rows again': /\bset dispatched_at = null\b/,
  },
  payments: {
    'opening an account': /\bopen_account\(/,
    'topping up': /\btop_up\(/,
  },
  workflows: {
    'claiming rows': /, turn = null\b/,
    'marking rows': /\bset dispatched_at = now\(\)/,
    debiting: /\bfrom debit\(/,
    authorizing: /\bfrom authorize\(/,
    capturing: /\bfrom capture\(/,
    refunding: /\bfrom refund\(/,
    'ending a hold': /\bexpire_order\(/,
    'cancelling a payment': /\bcancel_payment\(/,
  },
};

/** The other effects of a service on other parts. */
const CALLS: Readonly<Partial<Record<ServiceName, readonly string[]>>> = {
  orders: ['committing offsets', 'producing a dead letter'],
  workflows: ['starting a workflow', 'signalling a workflow', 'producing a report'],
};

export interface CrashPoint {
  readonly service: ServiceName;
  /** Such as `after debiting`. */
  readonly name: string;
}

/** Sent, but not answered yet: PostgreSQL may execute it or not. */
const WHEN_OF_STATEMENTS = ['before', 'during', 'after'];

export const CRASH_POINTS: readonly CrashPoint[] = [
  ...Object.entries(STATEMENTS).flatMap(([service, named]) =>
    Object.keys(named).flatMap((what) => WHEN_OF_STATEMENTS.map((when) => pointOf(service, when, what))),
  ),
  ...Object.entries(CALLS).flatMap(([service, named]) =>
    named.flatMap((what) => ['before', 'after'].map((when) => pointOf(service, when, what))),
  ),
];

function pointOf(service: string, when: string, what: string): CrashPoint {
  return { service: service as ServiceName, name: `${when} ${what}` };
}

/** The environment variable that tells crash-points.ts which file names the point at which to die. */
export const CRASH_POINT_FILE = 'CRASH_POINT_FILE';

/** A trap for one service: once it is armed, the process that passes the point next is killed there. */
export interface Trap {
  readonly environment: Record<string, string>;
  arm(point: CrashPoint['name']): void;
  disarm(): void;
  /** Whether a process has died at the point since it was armed. */
  sprung(): boolean;
  /** Has the clock of a process that starts be off by so many ms. */
  setClock(off: number): void;
}

/** @param folder where the trap's files are kept */
export function layTrap(folder: string, service: ServiceName): Trap {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, service);
  const preloads = ['crash-points.ts', 'collect-garbage.ts', 'shift-clock.ts'].map(
    (preload) => `--import=${new URL(preload, import.meta.url).href}`,
  );
  return {
    environment: {
      [CRASH_POINT_FILE]: file,
      NODE_OPTIONS: ['--disable-warning=ExperimentalWarning', ...preloads].join(' '),
    },
    arm(point) {
      rmSync(hitFile(file), { force: true });
      writeFileSync(`${file}.new`, point);
      renameSync(`${file}.new`, file);
    },
    disarm: () => rmSync(file, { force: true }),
    sprung: () => existsSync(hitFile(file)),
    setClock: (off) => writeFileSync(clockFile(file), String(off)),
  };
}

/** By how many ms the clock of a process that starts is to be off. */
export function readClock(file: string): number {
  return existsSync(clockFile(file)) ? Number(readFileSync(clockFile(file), 'utf8')) : 0;
}

function clockFile(file: string): string {
  return `${file}.clock`;
}

/** The name of the armed file after a process has died at its point. */
export function hitFile(file: string): string {
  return `${file}.hit`;
}
