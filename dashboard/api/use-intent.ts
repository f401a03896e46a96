import { useRef } from 'react';
import { v7 } from 'uuid';
import type { Customer } from '#contracts/client/customer.ts';

/**
 * The Idempotency-Key of what a person is about to do. It stays the same while the same is asked for, so that a double
 * click or a repeat after an outage does it once; done, or changed, it is another intent.
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
 * For the `scope` of a mutation: what is asked for a second time waits for the answer to the first, and is then answered
 * alike, where it would be told that its key is in flight.
 */
export function oneAtATime(what: string, { userId }: Customer): { id: string } {
  return { id: `${what} ${userId}` };
}
