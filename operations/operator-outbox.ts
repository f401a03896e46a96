import type { QueryExecutorProvider } from 'kysely';

/** How much waits in the outbox. */
export interface Backlog {
  /** Rows that are not dispatched. */
  readonly pending: number;
  /** Pending rows that failed so often that a person should look. The relay still tries them. */
  readonly stuck: number;
  /** Age of the oldest pending row, in s; 0 without one. */
  readonly oldestAge: number;
}

/** A row that failed and waits for its next attempt. */
export interface FailingRow {
  readonly orderId: string;
  readonly kind: string;
  readonly attempts: number;
  readonly stuck: boolean;
  readonly lastError: string;
  readonly createdAt: Date;
  readonly dueAt: Date;
}

/** The outbox as an operator sees it. workflows/ injects it, because operations/ knows neither the relay nor Temporal. */
export interface OperatorOutbox {
  backlog(): Promise<Backlog>;
  /** Rows that have failed, the most often tried first. */
  failing(limit: number): Promise<FailingRow[]>;
  /**
   * Makes the rows that failed due at once, and wakes the relay.
   * @param alongside what belongs to the same transaction
   * @returns how many rows
   */
  retryFailed(alongside: (transaction: QueryExecutorProvider) => Promise<void>): Promise<number>;
}
