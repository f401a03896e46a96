import { ApplicationFailure, log } from '@temporalio/workflow';
import type { CaptureSignal, ReleaseSignal } from './activities.ts';

// Everyone who reaches Temporal can start and signal workflows. What has not even the right form would fail one task after the other, and
// the workflow would stand still. What has the right form, and was not signed by orders, is refused by payments.

/**
 * @param money names of the fields that are money @throws ApplicationFailure, which ends the workflow, when its input has not the form in
 *   which orders asks for it
 */
export function requireOrder(input: unknown, money: readonly string[] = ['amount']): void {
  const fields = fieldsOf(input);
  const wrong = [
    ...['orderId', 'userId', 'currency'].filter((name) => typeof fields[name] !== 'string'),
    ...money.filter((name) => !isMoney(fields[name])),
  ];
  if (wrong.length === 0) return;
  const message = `this is no order as orders asks for it: ${wrong.join(', ')}`;
  throw ApplicationFailure.create({ type: 'MalformedInput', message, nonRetryable: true });
}

/** Whether a signal has the form of a capture. */
export function isCapture(signal: unknown): signal is CaptureSignal {
  const { amount, requestedAt, signature } = fieldsOf(fieldsOf(signal)['capture']);
  return isMoney(amount) && isTime(requestedAt) && typeof signature === 'string';
}

/** Whether a signal has the form of a release. */
export function isRelease(signal: unknown): signal is ReleaseSignal {
  const { reason, refund, signature } = fieldsOf(fieldsOf(signal)['cancel']);
  return typeof reason === 'string' && isMoney(refund) && typeof signature === 'string';
}

/** Says in the log that a signal is left out. */
export function leaveOut(name: string): void {
  log.warn(`a signal ${name} that has not the form of ours is left out`);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Minor units as decimal digits, as they fit into PostgreSQL's bigint. */
function isMoney(value: unknown): boolean {
  return typeof value === 'string' && /^\d{1,18}$/.test(value);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
