import { setTimeout as sleep } from 'node:timers/promises';
import { pause } from '#platform/lifecycle.ts';
import { countPendingBefore } from './pending.queries.ts';
import type { FaultClass } from './fault-classes.ts';
import { shuffled } from './faults/events.ts';
import type { Fault, Victim } from './faults/fault.ts';
import type { History } from './record-history.ts';

/** What a fault did. Times in ms since 1970. */
export interface Strike {
  readonly fault: string;
  readonly from: number;
  readonly to: number;
  /** Whether there was anything that it could harm. */
  readonly hit: boolean;
  /** Ms from its end until all was done that had been asked for by then; absent when the next fault came first. */
  readonly recovery?: number;
}

export interface Striking {
  readonly victim: Victim;
  readonly history: History;
  /** Aborts when the load is over. */
  readonly signal: AbortSignal;
  /** Aborts when it is told to stop: nobody waits for a recovery then. */
  readonly stop: AbortSignal;
  /** The parts that somebody is busy with. */
  readonly occupied: Set<string>;
  readonly onStrike: (strike: Strike) => void;
}

/** In ms. Within how long everybody must have recovered, and the pause before the next fault. */
const RECOVERED_WITHIN = 120_000;
const LOOK_EVERY = 100;
const GAP = [300, 1_500] as const;

/** Does a class's faults in an order that the seed chooses, again and again, until the signal aborts. */
export async function strikeFaults(faultClass: FaultClass, striking: Striking): Promise<void> {
  if (faultClass.every === undefined) await inTurn(faultClass, striking);
  else await everySoOften(faultClass.faults, faultClass.every, striking);
}

async function inTurn({ faults, hasty = false }: FaultClass, striking: Striking): Promise<void> {
  const { victim, signal, onStrike } = striking;
  const rounds = createRounds(faults, victim);
  while (!signal.aborted) {
    for (const fault of rounds.next()) {
      await pause(victim.random.between(...GAP), signal);
      if (signal.aborted) return;
      const strike = await doHarm(fault, striking);
      rounds.note(strike);
      const recovery = hasty ? undefined : await untilRecovered(striking, strike.to);
      onStrike({ ...strike, ...(recovery !== undefined && { recovery }) });
    }
  }
}

/** Faults that share a part wait for each other; all others may meet. */
async function everySoOften(faults: readonly Fault[], every: number, striking: Striking): Promise<void> {
  const { victim, signal, occupied, onStrike } = striking;
  const underWay = new Set<Promise<void>>();
  const rounds = createRounds(faults, victim);
  const take = async (fault: Fault) => {
    const strike = await doHarm(fault, striking);
    rounds.note(strike);
    onStrike(strike);
  };
  let left: Fault[] = [];
  while (!signal.aborted) {
    if (left.length === 0) left = rounds.next();
    const index = left.findIndex(({ parts }) => parts.every((part) => !occupied.has(part)));
    const [fault] = index < 0 ? [] : left.splice(index, 1);
    if (fault) {
      const done = take(fault);
      underWay.add(done);
      void done.finally(() => underWay.delete(done)).catch(() => {});
    }
    await pause(fault ? every : LOOK_EVERY, signal);
  }
  await Promise.all(underWay);
}

/** Each fault once a round, in an order of its own; those that found nothing to harm come again before the others. */
function createRounds(faults: readonly Fault[], { random }: Victim) {
  const hits = new Set<string>();
  return {
    note({ fault, hit }: Strike) {
      if (hit) hits.add(fault);
    },
    next() {
      const missing = faults.filter(({ name }) => !hits.has(name));
      return shuffled(missing.length > 0 ? missing : faults, random);
    },
  };
}

async function doHarm(fault: Fault, { victim, history, occupied }: Striking): Promise<Strike> {
  const { name, parts, harm } = fault;
  // A service that has just ended by itself is being started again, at most.
  while (parts.some((part) => occupied.has(part))) await sleep(LOOK_EVERY);
  for (const part of parts) occupied.add(part);
  const from = Date.now();
  history.note('fault begins', { fault: name });
  const hit = await harm(victim);
  const to = Date.now();
  history.note('fault ends', { fault: name, hit });
  for (const part of parts) occupied.delete(part);
  return { fault: name, from, to, hit };
}

/** @returns ms after `healedAt`; undefined when it takes too long, which the checks at the end will have to explain */
async function untilRecovered(
  { victim: { system }, stop }: Striking,
  healedAt: number,
): Promise<number | undefined> {
  while (Date.now() - healedAt < RECOVERED_WITHIN && !stop.aborted) {
    const pending = await countPendingBefore(system.databases.orders, new Date(healedAt)).catch(() => 1);
    if (pending === 0) return Date.now() - healedAt;
    await pause(LOOK_EVERY, stop);
  }
  return undefined;
}
