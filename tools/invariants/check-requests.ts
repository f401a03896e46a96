import type { RequestOutcome, Submission } from '#tools/load/generate/submissions.ts';
import type { Tally } from './check-result.ts';
import type { OrderOfCustomer } from './submissions.queries.ts';

/** What checks of single requests are counted in. */
export interface RequestTallies {
  readonly kept: Tally;
  readonly once: Tally;
  readonly refused: Tally;
  readonly asPlanned: Tally;
}

/**
 * Compares what was asked of a decided order with what became of it. An acknowledged request was carried out, a refused one
 * has no effect, and one that was never answered may have one.
 */
export function checkRequests(submission: Submission, row: OrderOfCustomer, tallies: RequestTallies): void {
  const { cancel, capture, refunds = [] } = submission;
  checkAnswers(submission, row.orderId, tallies);
  if (row.failureReason !== null && row.failureReason === endOfUnaffordable(submission)) {
    if (capture?.kind === 'acknowledged') {
      tallies.kept.breach(`the capture of order ${row.orderId} was acknowledged, and it failed`);
    }
    return;
  }
  if (capture?.kind === 'acknowledged' && row.amountCaptured !== amountToCapture(submission)) {
    tallies.kept.breach(
      `the capture of ${amountToCapture(submission)} of order ${row.orderId} was acknowledged, and ${row.amountCaptured ?? 'nothing'} was captured`,
    );
  } else if (cancel?.kind === 'acknowledged' && row.status !== 'cancelled' && row.status !== 'refunded') {
    tallies.kept.breach(`the cancel of order ${row.orderId} was acknowledged, and it is ${row.status}`);
  } else if (!endsOf(submission).includes(describeEnd(row))) {
    const could = submission.order.beyondBalance ? 'could not' : 'could';
    tallies.asPlanned.breach(
      `order ${row.orderId} is ${describeEnd(row)}, and its customer ${could} afford it${describeAsked(submission)}`,
    );
  }
  if (refunds.length > 0 || row.refunds.length > 0) checkRefundsOf(submission, row, tallies);
}

/** No twin is refused. */
function checkAnswers(
  { cancel, capture, refunds = [] }: Submission,
  orderId: string,
  { once, refused }: RequestTallies,
): void {
  for (const outcome of [cancel, capture, ...refunds.map((refund) => refund.outcome)]) {
    if (outcome?.kind === 'refused') refused.count();
    if (outcome?.kind === 'acknowledged' && outcome.contradicted) {
      const { status, code } = outcome.contradicted;
      once.breach(
        `a request about order ${orderId} was acknowledged once and refused once, with ${status} ${code}`,
      );
    }
  }
  for (const { refundIds } of refunds) {
    if (refundIds.length > 1)
      once.breach(`a refund of order ${orderId} was answered as ${refundIds.join(' and ')}`);
  }
}

function endOfUnaffordable({ order }: Submission): string | undefined {
  return order.beyondBalance ? 'insufficient_funds' : undefined;
}

function amountToCapture({ order }: Submission): bigint {
  return order.capture?.amount ?? order.amount;
}

/** How an order ended, without its refunds in parts. */
function describeEnd({ status, failureReason, cancellationReason, amountCaptured }: OrderOfCustomer): string {
  if (status === 'cancelled' && cancellationReason === 'expired') return 'expired';
  if (status === 'paid' || status === 'refunded') return `${status} with ${amountCaptured}`;
  return failureReason ?? status;
}

/** The ends that an order may have come to. A hold that ends while it is cancelled may be called expired. */
function endsOf({ order, cancel, capture, refunds = [] }: Submission): string[] {
  const isManual = order.captureWithin !== undefined;
  const [mayBeCancelled, mayBeCaptured] = [mayBeDone(cancel), isManual ? mayBeDone(capture) : true];
  const isCancelled = cancel?.kind === 'acknowledged';
  if (order.beyondBalance) return ['insufficient_funds', ...(mayBeCancelled ? ['cancelled'] : [])];
  const taken = amountToCapture({ order } as Submission);
  const isRefundable = mayBeCancelled || refunds.some(({ outcome }) => mayBeDone(outcome));
  const isCaptured = isManual ? capture?.kind === 'acknowledged' : false;
  return [
    ...(mayBeCaptured && !isCancelled ? [`paid with ${taken}`] : []),
    ...(mayBeCaptured && isRefundable ? [`refunded with ${taken}`] : []),
    ...(mayBeCancelled && !isCaptured ? ['cancelled'] : []),
    ...(isManual && !isCaptured ? ['expired'] : []),
  ];
}

function mayBeDone(outcome: RequestOutcome | undefined): boolean {
  return outcome !== undefined && outcome.kind !== 'refused';
}

function describeAsked({ cancel, capture, refunds = [] }: Submission): string {
  const asked = [
    ...(capture ? [`a capture that was ${capture.kind}`] : []),
    ...(cancel ? [`a cancel that was ${cancel.kind}`] : []),
    ...refunds.map(({ outcome }) => `a refund that was ${outcome.kind}`),
  ];
  return asked.map((request) => `, and ${request}`).join('');
}

/** Each acknowledged refund was made once, with its amount, and no other but that of the cancel. */
function checkRefundsOf(submission: Submission, row: OrderOfCustomer, tallies: RequestTallies): void {
  const { cancel, refunds = [] } = submission;
  const { orderId, status, amountRefunded } = row;
  const left = new Map(row.refunds.map((refund) => [refund.refundId, refund]));
  for (const { amount, refundIds } of refunds) {
    for (const refundId of refundIds) {
      const stored = left.get(refundId);
      const was = `the refund of ${amount} of order ${orderId} was acknowledged as ${refundId}`;
      if (!stored) tallies.kept.breach(`${was}, and is not there`);
      else if (BigInt(stored.amount) !== amount) tallies.kept.breach(`${was}, and is of ${stored.amount}`);
      else if (!stored.isMade) tallies.kept.breach(`${was}, and was not made`);
      left.delete(refundId);
    }
  }
  const unanswered = refunds.filter(({ outcome }) => outcome.kind === 'unknown').map(({ amount }) => amount);
  for (const { refundId, amount } of left.values()) {
    const place = unanswered.indexOf(BigInt(amount));
    if (refundId === orderId && mayBeDone(cancel)) continue;
    if (place >= 0) unanswered.splice(place, 1);
    else
      tallies.refused.breach(
        `refund ${refundId} of ${amount} of order ${orderId} is there, and was not acknowledged`,
      );
  }
  const made = row.refunds.reduce((sum, { amount, isMade }) => sum + (isMade ? BigInt(amount) : 0n), 0n);
  const isWhole = made === row.amountCaptured;
  if (made !== amountRefunded || (status === 'refunded') !== isWhole) {
    tallies.asPlanned.breach(
      `order ${orderId} is ${status} with ${amountRefunded} refunded, and its refunds come to ${made}`,
    );
  }
}
