import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pause } from '@gozon/timing';
import { seededRandom } from '#tools/load/generate/seeded-random.ts';
import type { SeededRandom } from '#tools/load/generate/seeded-random.ts';
import type { FaultClass } from './fault-classes.ts';
import type { Fault, FaultTarget } from './faults/fault.ts';
import type { History } from './load/record-submissions.ts';

/** What an injected fault did. Times in ms since 1970. */
export interface Injection {
  readonly fault: string;
  readonly from: number;
  readonly to: number;
  /** Whether there was anything to harm. */
  readonly hit: boolean;
  /**
   * Ms from its end until all work requested by then was done, or until the wait for that timed out. Absent until known.
   */
  recovery?: number;
}

export interface InjectFaultsOptions {
  readonly target: Omit<FaultTarget, 'random'>;
  readonly seed: number;
  readonly history: Pick<History, 'note'>;
  /** Aborts when the load is over. */
  readonly signal: AbortSignal;
  /** Aborts on a shutdown signal: then nothing waits for a recovery. */
  readonly stop: AbortSignal;
  /** The parts that are locked by faults under way, and by services that are restarting. */
  readonly occupied: Set<string>;
  /** When the oldest pending work was requested; undefined when nothing is pending. */
  readonly findOldestPending: () => Promise<Date | undefined>;
  /** How long to wait for a recovery, in ms. */
  readonly recoverWithin: number;
  /** Called when a fault is over. Its recovery is added to the injection later. */
  readonly onInjected: (injection: Injection) => void;
}

/** In ms. */
const LOOK_EVERY = 100;
const LOOK_FOR_RECOVERY_EVERY = 250;
/** The pause between faults that come one after the other. */
const GAP = [300, 1_500] as const;

/**
 * Injects the faults of a class repeatedly, in an order that the seed chooses, until the signal aborts: one after the
 * other, or at an interval, so that faults that need different parts may overlap.
 * @throws Error that names a fault that could not be repaired, once no other is under way
 */
export async function injectFaults(
  { faults, every, hasty = false }: FaultClass,
  options: InjectFaultsOptions,
): Promise<void> {
  const failed = new AbortController();
  const alsoWhenFailed = (signal: AbortSignal) => AbortSignal.any([signal, failed.signal]);
  const over = alsoWhenFailed(options.signal);
  const until = {
    ...options,
    target: { ...options.target, signal: alsoWhenFailed(options.target.signal) },
    stop: alsoWhenFailed(options.stop),
  };
  const schedule = createSchedule(faults, options.seed);
  const lookForPending = createLook(until);
  const underWay: Promise<void>[] = [];
  // Where faults may overlap all the time, only the requests before the first one meet none.
  if (every !== undefined) await pause(every, over);
  while (!over.aborted) {
    const turn = schedule.next(({ locks }) => locks.every((lock) => !options.occupied.has(lock)));
    if (turn && every === undefined) await pause(turn.random.between(...GAP), over);
    if (over.aborted) break;
    if (!turn) {
      await pause(LOOK_EVERY, over);
      continue;
    }
    const harmed = doHarm(turn, until).then((injection) => {
      if (injection.hit) schedule.noteHit(turn.fault);
      options.onInjected(injection);
      return injection;
    });
    const recovered = harmed
      .then(async (injection) => untilRecovered(injection, lookForPending, until))
      .catch((error: unknown) => failed.abort(error));
    underWay.push(recovered);
    if (every !== undefined) await pause(every, over);
    else await (hasty ? harmed.catch(() => {}) : recovered);
  }
  await Promise.all(underWay);
  failed.signal.throwIfAborted();
}

/** A fault's turn. */
interface Turn {
  readonly fault: Fault;
  /** Its own, so that the numbers it draws do not depend on other faults. */
  readonly random: SeededRandom;
}

/**
 * Takes each fault equally often, and first those that have harmed nothing yet; among equals the seed chooses. So the
 * seed decides the order, as long as the same faults are possible and harm something.
 */
function createSchedule(faults: readonly Fault[], seed: number) {
  const times = new Map<string, number>();
  const hits = new Set<string>();
  return {
    next(isPossible: (fault: Fault) => boolean): Turn | undefined {
      const [first] = faults
        .filter(isPossible)
        .map((fault) => {
          const turn = times.get(fault.name) ?? 0;
          return { fault, turn, hit: Number(hits.has(fault.name)), lot: drawLot(seed, fault, turn) };
        })
        .toSorted((a, b) => a.hit - b.hit || a.turn - b.turn || a.lot - b.lot);
      if (!first) return undefined;
      times.set(first.fault.name, first.turn + 1);
      return { fault: first.fault, random: seededRandom(first.lot) };
    },
    noteHit: ({ name }: Fault) => void hits.add(name),
  };
}

function drawLot(seed: number, { name }: Fault, turn: number): number {
  return createHash('sha256').update(`${seed} ${name} ${turn}`).digest().readUInt32BE();
}

async function doHarm(
  { fault: { name, locks, harm }, random }: Turn,
  { target, history, occupied }: InjectFaultsOptions,
): Promise<Injection> {
  // At most, a service that has just ended by itself is restarting.
  while (locks.some((lock) => occupied.has(lock))) await sleep(LOOK_EVERY);
  for (const lock of locks) occupied.add(lock);
  const from = Date.now();
  history.note('fault begins', { fault: name });
  try {
    const hit = await harm({ ...target, random });
    history.note('fault ends', { fault: name, hit });
    return { fault: name, from, to: Date.now(), hit };
  } catch (error) {
    history.note('fault fails', { fault: name, error: String(error) });
    throw new Error(`the fault could not be done and put right again: ${name}`, { cause: error });
  } finally {
    for (const lock of locks) occupied.delete(lock);
  }
}

interface Look {
  /** When it began; in ms since 1970. */
  readonly at: number;
  /** All work requested up to then is done; in ms since 1970. */
  readonly doneUpTo: number;
}

/** One look at a time serves all waiting recoveries, since the machine is busy with the load. */
function createLook({ findOldestPending, stop }: InjectFaultsOptions): () => Promise<Look> {
  let looking: Promise<Look> | undefined;
  const look = async () => {
    const at = Date.now();
    const doneUpTo = await findOldestPending().then(
      (oldest) => oldest?.getTime() ?? at,
      () => 0,
    );
    await pause(LOOK_FOR_RECOVERY_EVERY, stop);
    looking = undefined;
    return { at, doneUpTo };
  };
  return async () => (looking ??= look());
}

/** Notes how long a recovery took. After a timeout it is the time that was waited, so at least the limit. */
async function untilRecovered(
  injection: Injection,
  lookForPending: () => Promise<Look>,
  { recoverWithin, stop }: InjectFaultsOptions,
): Promise<void> {
  while (!stop.aborted) {
    const { at, doneUpTo } = await lookForPending();
    if (at >= injection.to && (doneUpTo >= injection.to || at - injection.to >= recoverWithin)) {
      injection.recovery = at - injection.to;
      return;
    }
  }
}
