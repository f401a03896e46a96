/** How much waits in the outbox. */
export interface Backlog {
  /** Rows that are not dispatched. */
  readonly pending: number;
  /** Those of them that failed so often that somebody should look. They are still tried. */
  readonly stuck: number;
  /** Age of the oldest, in seconds; 0 without one. */
  readonly oldestAge: number;
}

/** A row that waits for its next attempt. */
export interface FailingRow {
  readonly orderId: string;
  readonly kind: string;
  readonly attempts: number;
  readonly stuck: boolean;
  readonly lastError: string;
  readonly createdAt: Date;
  readonly dueAt: Date;
}

/**
 * What an operator may ask of the outbox and do to it. workflows/ injects it: operations/ knows neither relay nor
 * Temporal.
 */
export interface Outbox {
  backlog(): Promise<Backlog>;
  /** Rows that have failed, the most often tried first. */
  failing(limit: number): Promise<FailingRow[]>;
  /** Makes due at once what waits after a failed attempt, and wakes the relay. @returns how many rows */
  retryFailed(): Promise<number>;
}
