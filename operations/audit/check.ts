import type { AuditedInvariantId } from '#contracts/values/invariants.ts';

/** What a check knows of one invariant. */
export interface CheckResult {
  readonly id: AuditedInvariantId;
  /** How many checks were made since the process started. A thing that is checked again is counted again. */
  readonly checked: number;
  /** Undefined before the first check. */
  readonly checkedAt: Date | undefined;
  /** A sentence each. */
  readonly breaches: readonly string[];
  /** Late work that the grace period excuses, a sentence each. */
  readonly waiting: readonly string[];
  /** When a scan last came to its end; undefined before, and for a check that sees everything each time. */
  readonly fullPassAt: Date | undefined;
}

/** One check of the audit. It may cover several invariants. */
export interface Check {
  /** For the log. */
  readonly name: string;
  /** Checks what is next. It only reads. @throws on an outage; the results are then those of before */
  run(): Promise<void>;
  results(): CheckResult[];
}
