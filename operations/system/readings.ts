import { createWakeUp, inBackground, pause } from '@gozon/timing';
import type { Invariant, InvariantState, Reading, SystemReply } from '#contracts/http/system-api.ts';

/** In ms, while somebody looks or something is not well. */
const INTERVAL = 3_000;
/**
 * In ms, otherwise, since each reading asks the processes, Kafka and the database. Less than the seconds over which a reading
 * counts orders, so that none is missed.
 */
const UNWATCHED_INTERVAL = 9_000;
/** After a request for readings somebody looks for so long, in ms: the page asks every 3 s. */
const WATCHED_FOR = 15_000;
/** In ms. At most 300 readings of about 300 bytes. */
const KEPT_FOR = 900_000;

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
  const looked = createWakeUp();
  let lookedAt = -Infinity;
  const isWatched = () => performance.now() - lookedAt < WATCHED_FOR;
  const recording = inBackground(async (signal) => {
    while (!signal.aborted) {
      const began = performance.now();
      const reading = toReading(await read());
      onReading(reading);
      readings.push(reading);
      const kept = Date.parse(reading.at) - KEPT_FOR;
      while (readings[0] && Date.parse(readings[0].at) <= kept) readings.shift();
      await pause(Math.max(0, INTERVAL - (performance.now() - began)), signal);
      const rest = UNWATCHED_INTERVAL - (performance.now() - began);
      if (isWell(reading) && !isWatched() && rest > 0) await looked.wait(rest, signal);
    }
  });
  return {
    after: (moment) => {
      lookedAt = performance.now();
      looked.set();
      const from = moment === undefined ? -Infinity : Date.parse(moment);
      return readings.filter(({ at }) => Date.parse(at) > from);
    },
    [Symbol.asyncDispose]: async () => recording[Symbol.asyncDispose](),
  };
}

/** Whether every part of the system answers. */
export function isWell({ ready, flow, outboxPending, consumerLag }: Reading): boolean {
  return (
    Object.values(ready).every(Boolean) && flow !== null && outboxPending !== null && consumerLag !== null
  );
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
