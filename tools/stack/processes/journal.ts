import type { StackEvent } from '#contracts/http/stack-api.ts';

/** What happens to the stack: printed in the terminal with the time, and kept for the dashboard. */
export interface Journal {
  note(kind: StackEvent['kind'], text: string): void;
  /** The latest, oldest first. */
  events(): StackEvent[];
}

const KEPT = 100;

export function createJournal(say: (line: string) => void): Journal {
  const events: StackEvent[] = [];
  return {
    note(kind, text) {
      const at = new Date().toISOString();
      say(`${at} ${text}`);
      events.push({ at, kind, text });
      if (events.length > KEPT) events.shift();
    },
    events: () => [...events],
  };
}
