import type { Invariant, InvariantState, Reading, SystemReply } from '#contracts/http/system-api.ts';
import { inBackground, pause } from '#platform/process/lifecycle.ts';

/** In ms. 300 readings of about 300 bytes are 15 minutes. */
const INTERVAL = 3_000;
const KEPT = 300;

/** The system's recent states, as this process read them. */
export interface Readings extends AsyncDisposable {
  /** Oldest first; only those after `moment`, if it is given. */
  after(moment?: string): Reading[];
}

/**
 * Reads the system's state at regular intervals until disposed, so that an operator who opens the page late still
 * sees what happened.
 * @param onReading gets each reading
 */
export function recordReadings(
  read: () => Promise<SystemReply>,
  onReading: (reading: Reading) => void,
): Readings {
  const readings: Reading[] = [];
  const recording = inBackground(async (signal) => {
    while (!signal.aborted) {
      const began = performance.now();
      const reading = toReading(await read());
      onReading(reading);
      readings.push(reading);
      if (readings.length > KEPT) readings.shift();
      await pause(Math.max(0, INTERVAL - (performance.now() - began)), signal);
    }
  });
  return {
    after: (moment) => {
      const from = moment === undefined ? -Infinity : Date.parse(moment);
      return readings.filter(({ at }) => Date.parse(at) > from);
    },
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
