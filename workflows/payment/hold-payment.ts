import { condition, defineSignal, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { FactPayload } from '#contracts/values/decision.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import { traceOf, withTrace } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { CAPTURE_SIGNAL, RELEASE_SIGNAL } from '#contracts/values/workflow-ids.ts';
import type { CaptureSignal, OrderToHold, ReleaseSignal } from './activities.ts';
import { isCapture, isRelease, leaveOut } from './check-input.ts';
import { describeFact } from './describe-fact.ts';
import { runStep } from './run-step.ts';

const captureSignal = defineSignal<[unknown]>(CAPTURE_SIGNAL);
const releaseSignal = defineSignal<[unknown]>(RELEASE_SIGNAL);

/** How long to wait when the hold has ended by this clock and not by that of orders, in ms. */
const CLOCKS_APART = 1_000;
/** How long the signal of a wish may be under way that orders has accepted, in ms. */
const SIGNAL_UNDER_WAY = 30_000;

/**
 * Reserves the money of one order, waits until it is to be captured or released or the hold has ended, and carries that
 * out. Signals are rows of the outbox, of wishes that orders has accepted: it accepts one for each order. So they need no
 * order here, and a repeat changes nothing.
 *
 * A report runs beside what follows it. While Kafka is away, money is captured and released all the same.
 */
export async function holdPayment(order: OrderToHold): Promise<FactPayload> {
  const asked: { capture?: CaptureSignal; release?: ReleaseSignal } = {};
  setHandler(captureSignal, (signal) => {
    if (isCapture(signal)) asked.capture ??= signal;
    else leaveOut(CAPTURE_SIGNAL);
  });
  setHandler(releaseSignal, (signal) => {
    if (isRelease(signal)) asked.release ??= signal;
    else leaveOut(RELEASE_SIGNAL);
  });
  const money = formatMoney(BigInt(order.amount), order.currency);
  // A cancel that comes first keeps the money from being reserved.
  if (asked.release) return releaseHold(asked.release);

  const facts = await runStep(`Reserve ${money}`, async (activities) => activities.authorize(order));
  const decision = decisionOf(facts);
  const reported = report(decision, order);
  const { captureBefore } = decision;
  if (captureBefore === undefined) {
    await reported;
    return decision;
  }
  setCurrentDetails(`${money} are reserved until ${captureBefore}, for a capture or a cancel.`);
  const closed = endOf(facts) ?? (await untilClosed(captureBefore));
  setCurrentDetails(`${money} were reserved: ${describeFact(closed)}.`);
  await reported;
  await report(closed, asked.capture ?? asked.release ?? order);
  return closed;

  async function untilClosed(end: string): Promise<FactPayload> {
    for (let wait = Date.parse(end) - Date.now(); ;) {
      await condition(() => asked.capture !== undefined || asked.release !== undefined, Math.max(1, wait), {
        summary: `Until the hold ends: ${end}`,
      });
      if (asked.capture) return captureHold(asked.capture);
      if (asked.release) return closeBy(asked.release);
      const expiry = await runStep('Ask orders whether the hold has ended', async (activities) =>
        activities.expire({
          orderId: order.orderId,
          captureBefore: end,
          signature: decision.signature,
          ...traceOf(order),
        }),
      );
      if (expiry.state === 'expired') return closeBy({ ...traceOf(order), cancel: expiry.cancel });
      if (expiry.state === 'asked') {
        const later = endOf(await authorizeAgain());
        if (later) return later;
      }
      wait = expiry.state === 'early' ? CLOCKS_APART : SIGNAL_UNDER_WAY;
    }
  }

  /** Reserves nothing, and tells what has become of the hold. */
  async function authorizeAgain(): Promise<readonly FactPayload[]> {
    return runStep('Look what became of the hold', async (activities) => activities.authorize(order));
  }

  async function captureHold({ capture: wish, ...trace }: CaptureSignal): Promise<FactPayload> {
    const part = formatMoney(BigInt(wish.amount), order.currency);
    const captured = await runStep(`Capture ${part} of ${money}`, async (activities) =>
      activities.capture({ ...withTrace(order, trace), capture: wish }),
    );
    return endOf(captured) ?? decisionOf(captured);
  }

  async function closeBy({ cancel, ...trace }: ReleaseSignal): Promise<FactPayload> {
    const cancelled = await runStep(`Release ${money}: ${cancel.reason}`, async (activities) =>
      activities.cancel({ ...withTrace(order, trace), cancel }),
    );
    if (!('fact' in cancelled)) throw new Error('a cancel with a wish has one fact');
    return cancelled.fact;
  }

  async function releaseHold(signal: ReleaseSignal): Promise<FactPayload> {
    const fact = await closeBy(signal);
    await report(fact, signal);
    return fact;
  }

  async function report(fact: FactPayload, trace: TraceContext): Promise<void> {
    await runStep(`Report ${describeFact(fact)}`, async (activities) =>
      activities.report({ fact, ...traceOf(trace) }),
    );
  }
}

function decisionOf([decision]: readonly FactPayload[]): FactPayload {
  if (!decision) throw new Error('payments decided nothing');
  return decision;
}

function endOf(facts: readonly FactPayload[]): FactPayload | undefined {
  return facts.find(({ type }) => type === 'payment.captured' || type === 'payment.released');
}
