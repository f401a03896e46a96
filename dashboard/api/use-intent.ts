import { useRef } from 'react';
import { v7 } from 'uuid';

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
