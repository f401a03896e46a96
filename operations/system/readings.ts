import type { Invariant, InvariantState, Reading, SystemReply } from '#contracts/http/system-api.ts';
import { inBackground, pause } from '#platform/process/lifecycle.ts';

/** In ms. 15 minutes are 300 readings of some 300 bytes. */
const EVERY = 3_000;
const KEPT = 300;

/** What the system was like lately, as this process has seen it. */
export interface Readings extends AsyncDisposable {
  /** Oldest first; those after a moment, if one is given. */
  after(moment?: string): Reading[];
  latest(): Reading | undefined;
}

/** Reads the system again and again until disposed, so that whoever opens the operator's page late sees how it came. */
export function recordReadings(read: () => Promise<SystemReply>): Readings {
  const readings: Reading[] = [];
  const recording = inBackground(async (signal) => {
    while (!signal.aborted) {
      const began = performance.now();
      readings.push(toReading(await read()));
      if (readings.length > KEPT) readings.shift();
      await pause(Math.max(0, EVERY - (performance.now() - began)), signal);
    }
  });
  return {
    after: (moment) => {
      const from = moment === undefined ? -Infinity : Date.parse(moment);
      return readings.filter(({ at }) => Date.parse(at) > from);
    },
    latest: () => readings.at(-1),
    [Symbol.asyncDispose]: async () => recording[Symbol.asyncDispose](),
  };
}

function toReading(system: SystemReply): Reading {
  const { processes, flow, outbox, consumerLag, deadLetters, invariants } = system;
  return {
    at: new Date().toISOString(),
    flow,
    outboxPending: outbox?.pending ?? null,
    outboxOldestAgeSeconds: outbox?.oldestAgeSeconds ?? null,
    consumerLag,
    deadLetters,
    ready: Object.fromEntries(Object.entries(processes).map(([name, { ready }]) => [name, ready])),
    invariants: worstOf(invariants),
  };
}

const FROM_WORST: readonly InvariantState[] = ['violated', 'unknown', 'waiting'];

function worstOf(invariants: readonly Invariant[]): InvariantState {
  return FROM_WORST.find((state) => invariants.some((invariant) => invariant.state === state)) ?? 'ok';
}
