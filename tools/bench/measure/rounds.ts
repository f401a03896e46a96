import { describeError } from '#platform/process/describe-error.ts';
import type { Results } from './results.ts';
import { takeTurn } from './turn.ts';
import type { Subject, Turn, TurnLength } from './turn.ts';

/** A turn that was taken. */
export interface RoundResult {
  readonly subject: string;
  /** From 1 on. */
  readonly round: number;
  readonly turn: Turn;
}

/**
 * Each subject takes a turn in each round, so that whatever else the machine does meets all of them. Each round begins
 * with another one. A turn that is among the results already is not taken again, and one that fails can be taken by
 * resuming. The capacity that rates are shares of is that of the subject's first turn, or of `capacityOf`.
 */
export async function takeRounds(
  subjects: readonly Subject[],
  rounds: number,
  length: TurnLength,
  results: Results<RoundResult | object>,
  capacityOf?: string,
): Promise<void> {
  const turnsOf = (name: string) =>
    results.all.filter((result) => 'turn' in result).filter(({ subject }) => subject === name);
  for (let round = 1; round <= rounds; round++) {
    for (const subject of rotated(subjects, round - 1)) {
      if (turnsOf(subject.name).some((result) => result.round === round)) continue;
      console.error(`Round ${round} of ${rounds}: ${subject.name} …`);
      try {
        const [first] = turnsOf(capacityOf ?? subject.name);
        const turn = await takeTurn(subject, length, first?.turn.sustained.decidedPerSecond);
        results.append({ subject: subject.name, round, turn });
      } catch (error) {
        console.error(`${subject.name} could not be measured: ${describeError(error)}`);
        process.exitCode = 1;
      }
    }
  }
}

export function rotated<One>(all: readonly One[], by: number): One[] {
  const first = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
