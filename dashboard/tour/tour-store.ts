import { useSyncExternalStore } from 'react';
import { read, write } from '../shell/storage.ts';

/** A tour under way, and what of it no part of the system remembers. */
export interface Tour {
  /** Whose tour it is: another customer's tab does not show it. */
  readonly userId: string;
  readonly isFolded?: boolean;
  /** The page of an order was opened. */
  readonly looked?: boolean;
  /** The order that was placed when the worker was killed. */
  readonly killedFor?: string;
  /** The invariants were seen to hold. */
  readonly proved?: boolean;
}

const NAME = 'gozon.tour';

let current = parse(read('localStorage', NAME));
const listeners = new Set<() => void>();

/** The tour, wherever a customer goes, and after a reload. */
export function useTour(): Tour | undefined {
  return useSyncExternalStore(listen, () => current);
}

/** @param tour undefined to end it */
export function setTour(tour: Tour | undefined): void {
  current = tour;
  write('localStorage', NAME, tour ? JSON.stringify(tour) : '');
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Another version of the page, or a person, may have written something else. */
function parse(text: string): Tour | undefined {
  try {
    const tour = JSON.parse(text) as Partial<Tour> | null;
    return typeof tour?.userId === 'string' ? { ...tour, userId: tour.userId } : undefined;
  } catch {
    return undefined;
  }
}
