import type { AuditedInvariantId } from '#contracts/values/invariants.ts';
import type { Check } from './check.ts';

/** A place where an invariant does not hold. */
export interface Breach {
  readonly id: AuditedInvariantId;
  /** The key of the scan at which it was found. */
  readonly key: string;
  /** A sentence. */
  readonly message: string;
}

/** What one page of a scan holds. */
export interface ScanResult {
  /** The last key of the page; undefined when nothing lies behind it. */
  readonly upTo: string | undefined;
  /** How many things were checked for each invariant. */
  readonly checked: Partial<Record<AuditedInvariantId, number>>;
  readonly breaches: readonly Breach[];
}

/** How to check all things of one kind, in the order of their keys, which sort as text. */
export interface Scan {
  readonly name: string;
  readonly invariants: readonly AuditedInvariantId[];
  /** Below every key. */
  readonly start: string;
  /** Checks the next page behind a key: a thousand things at most. */
  checkPage(after: string): Promise<ScanResult>;
  /** The key behind which the newest page begins; undefined where keys do not follow age. */
  newest(): Promise<string | undefined>;
  /** The key before a key. */
  previous(key: string): string;
}

/** Breaches that are kept: with so many, a longer list tells nothing more. */
const KEPT = 1_000;

/**
 * Runs a scan again and again. Each run checks the newest page, the next page of the full pass, and one known breach
 * again. A page's breaches replace the earlier ones in its range of keys.
 */
export function createScanner(scan: Scan): Check {
  const checked = new Map(scan.invariants.map((id) => [id, 0]));
  let checkedAt: Date | undefined;
  let fullPassAt: Date | undefined;
  let breaches: Breach[] = [];
  let position = scan.start;
  let runs = 0;

  async function checkPage(after: string): Promise<ScanResult> {
    const page = await scan.checkPage(after);
    const { upTo } = page;
    const isElsewhere = ({ key }: Breach) => key <= after || (upTo !== undefined && key > upTo);
    breaches = [...breaches.filter(isElsewhere), ...page.breaches].slice(0, KEPT);
    return page;
  }

  return {
    name: scan.name,
    async run() {
      const pages: ScanResult[] = [];
      const newest = await scan.newest();
      if (newest !== undefined) pages.push(await checkPage(newest));
      const suspect = breaches[runs++ % Math.max(1, breaches.length)];
      if (suspect) pages.push(await checkPage(scan.previous(suspect.key)));
      const next = await checkPage(position);
      pages.push(next);
      checkedAt = new Date();
      if (next.upTo === undefined) fullPassAt = checkedAt;
      position = next.upTo ?? scan.start;
      for (const [id, count] of checked) {
        checked.set(
          id,
          pages.reduce((sum, page) => sum + (page.checked[id] ?? 0), count),
        );
      }
    },
    results: () =>
      scan.invariants.map((id) => ({
        id,
        checked: checked.get(id) ?? 0,
        checkedAt,
        breaches: breaches.filter((breach) => breach.id === id).map(({ message }) => message),
        waiting: [],
        fullPassAt,
      })),
  };
}

/** The UUID before a UUID. */
export function previousUuid(uuid: string): string {
  const previous = BigInt(`0x${uuid.replaceAll('-', '')}`) - 1n;
  const hex = previous.toString(16).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
