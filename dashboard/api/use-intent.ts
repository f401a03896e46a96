import type { Customer } from '@gozon/client';
import { useRef } from 'react';
import { v7 } from 'uuid';

/**
 * The Idempotency-Key of what a person intends to do. It is the same while the intent is the same, so that a double
 * click or a repeat after an outage takes effect once. An intent that succeeds, or changes, is followed by a new one.
 */
export function useIntent() {
  const intent = useRef<{ what: string; key: string }>(undefined);
  return {
    keyFor(what: string): string {
      if (intent.current?.what !== what) intent.current = { what, key: v7() };
      return intent.current.key;
    },
    done(): void {
      intent.current = undefined;
    },
  };
}

/**
 * For the `scope` of a mutation. A second request waits for the answer to the first and gets the same one. Sent at
 * once, it would be refused because its key is in flight.
 */
export function oneAtATime(what: string, { userId }: Customer): { id: string } {
  return { id: `${what} ${userId}` };
}
