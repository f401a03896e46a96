import { problems } from '#contracts/http/problems.ts';
import type { CaptureMethod } from '#contracts/values/order-status.ts';

interface RequestedCapture {
  readonly captureMethod?: CaptureMethod | undefined;
  readonly captureWithin?: number | undefined;
}

/** For how long money may be reserved, in s. */
export interface CaptureWithinBounds {
  readonly min: number;
  readonly max: number;
  /** When the client does not say. */
  readonly byDefault: number;
}

/**
 * For how long the money of a new order is to be reserved, in s; undefined when it is paid at once.
 * @throws Problem 422 `invalid_body` that names captureWithin
 */
export function captureWithinOf(
  { captureMethod = 'automatic', captureWithin }: RequestedCapture,
  { min, max, byDefault }: CaptureWithinBounds,
): number | undefined {
  if (captureMethod === 'automatic') {
    if (captureWithin !== undefined) throw invalid('is only for captureMethod manual');
    return undefined;
  }
  if (captureWithin === undefined) return byDefault;
  if (captureWithin < min || captureWithin > max) throw invalid(`must be ${min} to ${max} seconds`);
  return captureWithin;
}

function invalid(message: string) {
  return problems.invalidBody([{ field: 'captureWithin', message }]);
}
