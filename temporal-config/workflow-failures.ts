import { defaultFailureConverter } from '@temporalio/common';
import { failureConverter as encoded } from './encoded-failures.ts';

/** Set in the context of workflow code whose failures are to be encoded. */
const ENCODES_FAILURES = 'GOZON_ENCODES_FAILURES';

/** The converter of workflow code, bundled with it. The SDK loads it by this name. */
export const failureConverter = ENCODES_FAILURES in globalThis ? encoded : defaultFailureConverter;

/**
 * Lets bundled workflow code encode its failures. It runs in a context of its own, which knows no setting; and the bundle is made
 * with the image, where the setting is not known.
 */
export function encodingFailures(code: string): string {
  return `Object.defineProperty(globalThis, '${ENCODES_FAILURES}', { value: true }); ${code}`;
}
