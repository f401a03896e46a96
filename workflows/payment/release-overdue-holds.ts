import { inBackground, pause } from '@gozon/timing';
import type { FactPayload } from '#contracts/values/decision.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import type { Logger } from '#platform/process/logger.ts';
import { Counter } from '#platform/process/metrics.ts';
import { newTrace } from '#platform/tracing/accept-trace.ts';
import { logOf } from '#platform/tracing/log-of.ts';
import { inSpan, isTracing, traceContextOf } from '#platform/tracing/spans.ts';
import type { PaymentActivities } from './activities.ts';

/** Between two looks, in ms. */
const EVERY = 10_000;
/** How long after its end a hold is left to its workflow, in s. */
const GRACE = 15;
/** Holds that are looked at together. */
const BATCH = 1_000;

const released = new Counter({
  name: 'overdue_holds_released_total',
  help: 'Holds that had ended and that no workflow released.',
});

export interface OverdueHoldsOptions {
  readonly activities: Pick<PaymentActivities, 'expire' | 'cancel' | 'report'>;
  /** The authorizations of live holds that ended over `grace` s ago, the first to end first. */
  readonly findOverdue: (grace: number, limit: number) => Promise<FactPayload[]>;
  readonly log: Logger;
}

/**
 * Releases holds past their end without Temporal, as their workflows would have done by now: Temporal may be away, or have
 * lost them. If both do it, orders accepts the end once, and payments closes the hold once. One that cannot be released
 * now is left for the next time, and does not hold up the others.
 * @param stop leaves the rest for the next time when it aborts @returns how many
 */
export async function releaseOverdueHolds(options: OverdueHoldsOptions, stop?: AbortSignal): Promise<number> {
  let count = 0;
  for (const hold of await options.findOverdue(GRACE, BATCH)) {
    if (stop?.aborted) break;
    try {
      if (await releaseHold(options, hold)) count++;
    } catch (error) {
      options.log.warn({ err: error, orderId: hold.orderId }, 'an overdue hold could not be released');
    }
  }
  released.inc(count);
  return count;
}

/** In a trace of its own. */
async function releaseHold(options: OverdueHoldsOptions, hold: FactPayload): Promise<boolean> {
  if (!isTracing()) return releaseInTrace(options, hold, newTrace());
  return inSpan({ name: 'release overdue hold' }, undefined, async (span) =>
    releaseInTrace(options, hold, traceContextOf(span)),
  );
}

async function releaseInTrace(
  { activities, log }: OverdueHoldsOptions,
  hold: FactPayload,
  trace: TraceContext,
): Promise<boolean> {
  const { orderId, userId, amount, currency, captureBefore = '', signature } = hold;
  const expiry = await activities.expire({ orderId, captureBefore, signature, ...trace });
  // What else was asked for is carried out by its own outbox row.
  if (expiry.state !== 'expired') return false;
  const order = { orderId, userId, amount, currency, ...trace };
  const cancelled = await activities.cancel({ ...order, cancel: expiry.cancel });
  await activities.report({ ...cancelled, ...trace });
  logOf(log, trace).warn(
    { orderId, captureBefore },
    'a hold had ended and its workflow did not release it: released',
  );
  return true;
}

/** Looks for overdue holds until disposed. All copies may: what one has done, another finds done. */
export function releaseOverdueHoldsRegularly(options: OverdueHoldsOptions): AsyncDisposable {
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      await pause(EVERY, signal);
      if (signal.aborted) return;
      await releaseOverdueHolds(options, signal).catch((error: unknown) =>
        options.log.warn({ err: error }, 'overdue holds could not be released, trying again later'),
      );
    }
  });
}
