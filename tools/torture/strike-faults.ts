import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pause } from '#platform/process/lifecycle.ts';
import { seededRandom } from '#tools/load/generate/seeded-random.ts';
import type { SeededRandom } from '#tools/load/generate/seeded-random.ts';
import type { FaultClass } from './fault-classes.ts';
import type { Fault, Victim } from './faults/fault.ts';
import type { History } from './load/record-submissions.ts';

/** What a fault did. Times in ms since 1970. */
export interface Strike {
  readonly fault: string;
  readonly from: number;
  readonly to: number;
  /** Whether there was anything that it could harm. */
  readonly hit: boolean;
  /**
   * Ms from its end until all was done that had been asked for by then, or that this was waited for in vain; absent until
   * it is known.
   */
  recovery?: number;
}

export interface Striking {
  readonly victim: Omit<Victim, 'random'>;
  readonly seed: number;
  readonly history: Pick<History, 'note'>;
  /** Aborts when the load is over. */
  readonly signal: AbortSignal;
  /** Aborts when it is told to stop: nobody waits for a recovery then. */
  readonly stop: AbortSignal;
  /** The parts that somebody is busy with. */
  readonly occupied: Set<string>;
  /** When that was asked for which has waited longest to be done; undefined when there is nothing to be done. */
  readonly findOldestPending: () => Promise<Date | undefined>;
  /** How long a recovery is waited for, in ms. */
  readonly recoverWithin: number;
  /** Called when a fault is over; its recovery is added to the strike later. */
  readonly onStrike: (strike: Strike) => void;
}

/** In ms. */
const LOOK_EVERY = 100;
const LOOK_FOR_RECOVERY_EVERY = 250;
/** The pause before the next fault, where one comes after the other. */
const GAP = [300, 1_500] as const;

/**
 * Does a class's faults in an order that the seed chooses, again and again, until the signal aborts: one after the other,
 * or so often that they may meet, but for those that share a part.
 * @throws Error that names the fault which could not be put right again, once no other is under way
 */
export async function strikeFaults(
  { faults, every, hasty = false }: FaultClass,
  striking: Striking,
): Promise<void> {
  const failed = new AbortController();
  const alsoWhenFailed = (signal: AbortSignal) => AbortSignal.any([signal, failed.signal]);
  const over = alsoWhenFailed(striking.signal);
  const until = {
    ...striking,
    victim: { ...striking.victim, signal: alsoWhenFailed(striking.victim.signal) },
    stop: alsoWhenFailed(striking.stop),
  };
  const schedule = createSchedule(faults, striking.seed);
  const lookForPending = createLook(until);
  const underWay: Promise<void>[] = [];
  // Where faults may meet all the time, the beginning is when requests meet none.
  if (every !== undefined) await pause(every, over);
  while (!over.aborted) {
    const turn = schedule.next(({ parts }) => parts.every((part) => !striking.occupied.has(part)));
    if (turn && every === undefined) await pause(turn.random.between(...GAP), over);
    if (over.aborted) break;
    if (!turn) {
      await pause(LOOK_EVERY, over);
      continue;
    }
    const harmed = doHarm(turn, until).then((strike) => {
      if (strike.hit) schedule.noteHit(turn.fault);
      striking.onStrike(strike);
      return strike;
    });
    const recovered = harmed
      .then(async (strike) => untilRecovered(strike, lookForPending, until))
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
  /** Its own: what one draws is not up to how many others draw meanwhile. */
  readonly random: SeededRandom;
}

/**
 * Each fault as often as every other, those first that have met nothing to harm yet; among equals the seed chooses. So the
 * order is the seed's as long as the same faults are possible and met something.
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
  { fault: { name, parts, harm }, random }: Turn,
  { victim, history, occupied }: Striking,
): Promise<Strike> {
  // A service that has just ended by itself is being started again, at most.
  while (parts.some((part) => occupied.has(part))) await sleep(LOOK_EVERY);
  for (const part of parts) occupied.add(part);
  const from = Date.now();
  history.note('fault begins', { fault: name });
  try {
    const hit = await harm({ ...victim, random });
    history.note('fault ends', { fault: name, hit });
    return { fault: name, from, to: Date.now(), hit };
  } catch (error) {
    history.note('fault fails', { fault: name, error: String(error) });
    throw new Error(`the fault could not be done and put right again: ${name}`, { cause: error });
  } finally {
    for (const part of parts) occupied.delete(part);
  }
}

interface Look {
  /** When it began; in ms since 1970. */
  readonly at: number;
  /** All that had been asked for by then is done; in ms since 1970. */
  readonly doneUpTo: number;
}

/** One look at a time, and no more of them than are needed, for however many wait: the machine has a load to carry. */
function createLook({ findOldestPending, stop }: Striking): () => Promise<Look> {
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

/** Notes how long it took; what took longer than it may was waited for that long at least. */
async function untilRecovered(
  strike: Strike,
  lookForPending: () => Promise<Look>,
  { recoverWithin, stop }: Striking,
): Promise<void> {
  while (!stop.aborted) {
    const { at, doneUpTo } = await lookForPending();
    if (at >= strike.to && (doneUpTo >= strike.to || at - strike.to >= recoverWithin)) {
      strike.recovery = at - strike.to;
      return;
    }
  }
}
