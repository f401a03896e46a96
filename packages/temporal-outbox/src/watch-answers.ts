import { backOff } from '@gozon/timing';
import type { Outcome, RelayOptions, RelayState } from './relay.ts';

/** Shorter than a row's: when Temporal is back, every row is waiting. */
export const OUTAGE_BACK_OFF = { min: 200, max: 3_000 };

/** How long the relay is called limited after Temporal has refused a start for its rate, in ms. */
const LIMITED = 10_000;

/** What the outcomes of dispatches say about Temporal. */
export interface Answers {
  readonly note: (result: Outcome) => void;
  /** Notes whether Temporal answers a request that is about no row. */
  readonly ask: (request: () => Promise<void>) => Promise<void>;
  /** Whether Temporal does not answer. */
  readonly isAway: () => boolean;
  /** How long to pause until the next claim, in ms. */
  readonly rest: () => number;
  /** What the relay reports while Temporal answers. */
  readonly state: () => RelayState;
}

export function watchAnswers({ log, describe }: Required<Pick<RelayOptions, 'log' | 'describe'>>): Answers {
  /** Attempts since Temporal last answered. */
  let unanswered = 0;
  /** Refusals since a start succeeded, and why the relay is called limited until when. */
  let limit = { refusals: 0, until: 0, reason: '' };
  /** Why every row is refused. */
  let fault: string | undefined;

  return {
    note(result) {
      switch (result.outcome) {
        case 'failed':
          if (result.answered) unanswered = 0;
          if (result.isOfAll) fault = describe(result.error);
          return;
        case 'limited':
          if (limit.refusals === 0)
            log.warn({ err: result.error }, 'Temporal limits the relay: it slows down');
          fault = undefined;
          unanswered = 0;
          limit = {
            refusals: limit.refusals + 1,
            until: Date.now() + LIMITED,
            reason: describe(result.error),
          };
          return;
        case 'away':
          if (unanswered === 0) log.warn({ err: result.error }, 'Temporal is away: the relay pauses');
          fault = undefined;
          limit.refusals = 0;
          unanswered += 1;
          return;
        default:
          fault = undefined;
          limit.refusals = 0;
          unanswered = 0;
      }
    },
    async ask(request) {
      await request().then(
        () => (unanswered = 0),
        () => (unanswered += 1),
      );
    },
    isAway: () => unanswered > 0,
    rest() {
      const attempts = unanswered || limit.refusals;
      return attempts > 0 ? backOff(attempts, OUTAGE_BACK_OFF) : 0;
    },
    state() {
      const reason = fault ?? (Date.now() < limit.until ? limit.reason : undefined);
      return reason === undefined ? { ready: true } : { ready: false, reason };
    },
  };
}
