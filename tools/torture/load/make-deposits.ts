import { randomUUID } from 'node:crypto';
import { ApiProblem } from '@gozon/client';
import { pause } from '@gozon/timing';
import { sql } from 'kysely';
import type { Kysely } from '#platform/postgres/database.ts';
import { tally } from '#tools/invariants/check-result.ts';
import type { CheckResult } from '#tools/invariants/check-result.ts';
import type { GozonClient } from '#tools/load/generate/gozon-client.ts';
import { NoAnswer, repeatUntilAnswered } from '#tools/load/generate/repeat-until-answered.ts';
import type { RepeatOptions } from '#tools/load/generate/repeat-until-answered.ts';
import type { SeededRandom } from '#tools/load/generate/seeded-random.ts';

/** A customer that only deposits money. This keeps payments busy: its debits run in the process workflows. */
export interface Depositor {
  readonly userId: string;
  readonly opened: 'acknowledged' | 'unknown';
  /** In minor units. Deposits without an answer may have been booked or not. */
  readonly acknowledged: bigint;
  readonly unknown: bigint;
  /** What was refused although there was no reason to. */
  readonly refusals: readonly string[];
}

/** The pause between two depositors, in ms, and the most deposits of one. */
const EVERY = 400;
const DEPOSITS = 3;

/** Deposits until the signal aborts, each twice with one key. */
export async function makeDeposits(
  gozon: GozonClient,
  random: SeededRandom,
  signal: AbortSignal,
  repeat: RepeatOptions,
): Promise<Depositor[]> {
  const depositors: Promise<Depositor>[] = [];
  while (!signal.aborted) {
    const amounts = Array.from({ length: random.between(1, DEPOSITS) }, () =>
      BigInt(random.between(1, 100_000)),
    );
    depositors.push(deposit(gozon, amounts, repeat));
    await pause(EVERY, signal);
  }
  return Promise.all(depositors);
}

async function deposit(
  gozon: GozonClient,
  amounts: readonly bigint[],
  repeat: RepeatOptions,
): Promise<Depositor> {
  const customer = gozon.as(randomUUID());
  const { userId } = customer;
  const key = (name: string) => ({ idempotencyKey: `${name} of ${userId}` });
  const refusals: string[] = [];
  const isDone = async (attempt: () => Promise<unknown>) => isAcknowledged(attempt, repeat, refusals);
  if (!(await isDone(async () => customer.openAccount({}, key('opening'))))) {
    return { userId, opened: 'unknown', acknowledged: 0n, unknown: 0n, refusals };
  }
  let [acknowledged, unknown] = [0n, 0n];
  for (const [index, amount] of amounts.entries()) {
    const once = async () => isDone(async () => customer.topUp(amount, key(`deposit ${index + 1}`)));
    const [first, second] = await Promise.all([once(), once()]);
    if (first || second) acknowledged += amount;
    else unknown += amount;
  }
  return { userId, opened: 'acknowledged', acknowledged, unknown, refusals };
}

/** @returns whether it was acknowledged; otherwise its outcome is unknown @param refusals is told when it is refused */
async function isAcknowledged(
  attempt: () => Promise<unknown>,
  repeat: RepeatOptions,
  refusals: string[],
): Promise<boolean> {
  try {
    await repeatUntilAnswered(attempt, repeat);
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.status < 500) refusals.push(error.message);
    else if (!(error instanceof NoAnswer || error instanceof ApiProblem)) throw error;
    return false;
  }
}

export async function checkDeposits(
  payments: Kysely<unknown>,
  depositors: readonly Depositor[],
): Promise<CheckResult> {
  const found = tally({
    id: 'I7',
    title: 'Of this torture: no deposit is refused, and each acknowledged one is there, once',
    scope: 'load',
    things: 'depositors',
  });
  const { rows } = await sql<{ userId: string; balance: bigint }>`
    select user_id, balance from accounts
    where user_id = any(${depositors.map(({ userId }) => userId)}::uuid[])`.execute(payments);
  const balances = new Map(rows.map(({ userId, balance }) => [userId, balance]));
  for (const { userId, opened, acknowledged, unknown, refusals } of depositors) {
    found.count();
    for (const refusal of refusals) found.breach(`a request of ${userId} was refused: ${refusal}`);
    const balance = balances.get(userId);
    if (balance === undefined) {
      if (opened === 'acknowledged')
        found.breach(`the account of ${userId} was acknowledged, and is not there`);
    } else if (balance < acknowledged || balance > acknowledged + unknown) {
      found.breach(
        `the account of ${userId} holds ${balance}; ${acknowledged} were acknowledged, ${unknown} may be there`,
      );
    }
  }
  return found.result();
}
