import type { AuditedInvariantId } from '#contracts/values/invariants.ts';

/** Something that must never be, found at one place of a walk. */
export interface Breach {
  readonly invariant: AuditedInvariantId;
  readonly key: string;
  /** A sentence. */
  readonly says: string;
}

/** What one look found. */
export interface Looked {
  /** The last key that was looked at; undefined when there was nothing behind it. */
  readonly upTo: string | undefined;
  /** How many things each invariant was held against. */
  readonly counts: Partial<Record<AuditedInvariantId, number>>;
  readonly breaches: readonly Breach[];
}

/** A way through all things of a kind in the order of their keys, which sort as text, so many at a time. */
export interface Walk {
  /** Below every key. */
  readonly start: string;
  /** Looks at the next thousand behind a key at most. */
  look(after: string): Promise<Looked>;
  /** Where the newest thousand begin, or fewer that are new; undefined where keys say nothing about that. */
  newest(): Promise<string | undefined>;
  /** The key before one. */
  before(key: string): string;
}

/** How far a walk has come, and what it has found wrong that was not found right since. */
export interface Course {
  /** What was looked at at this step. */
  step(): Promise<Looked[]>;
  breaches(): Breach[];
  /** When it last came to the end, having looked at everything; undefined before. */
  fullPassAt(): Date | undefined;
}

/** Breaches that are kept: whoever has so many needs no list of more. */
const KEPT = 1_000;

/**
 * Goes on along a walk, for ever. Each step looks at what is newest, at the next piece of the whole, and once more at
 * one place where something was wrong: what it finds anywhere replaces what was found there before.
 */
export function startCourse(walk: Walk): Course {
  let at = walk.start;
  let fullPassAt: Date | undefined;
  let breaches: Breach[] = [];
  let again = 0;

  async function look(after: string): Promise<Looked> {
    const looked = await walk.look(after);
    const { upTo } = looked;
    const isElsewhere = ({ key }: Breach) => key <= after || (upTo !== undefined && key > upTo);
    breaches = [...breaches.filter(isElsewhere), ...looked.breaches].slice(0, KEPT);
    return looked;
  }

  return {
    async step() {
      const newest = await walk.newest();
      const looks = newest === undefined ? [] : [await look(newest)];
      const suspect = breaches[again++ % Math.max(1, breaches.length)];
      if (suspect) looks.push(await look(walk.before(suspect.key)));
      const next = await look(at);
      if (next.upTo === undefined) fullPassAt = new Date();
      at = next.upTo ?? walk.start;
      return [...looks, next];
    },
    breaches: () => breaches,
    fullPassAt: () => fullPassAt,
  };
}

/** The UUID before one. */
export function uuidBefore(uuid: string): string {
  const before = BigInt(`0x${uuid.replaceAll('-', '')}`) - 1n;
  const hex = before.toString(16).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
