import type { RuleFile } from './rules.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Of an expression: a text, which is none, the range of a selector, and an offset. */
const TEXTS_AND_DURATIONS = /"(?:[^"\\]|\\.)*"|(?<=\[|\boffset )[^\])\s]+/g;

/**
 * Divides a duration of Prometheus.
 * @returns in ms
 * @throws Error when it is none of one unit
 */
export function shortenDuration(duration: string, factor: number): string {
  const [, number, unit = ''] = /^(\d+)(ms|[smhd])$/.exec(duration) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? NaN);
  if (Number.isNaN(ms)) throw new Error(`${duration} is no duration of one unit`);
  return `${Math.max(1, Math.round(ms / factor))}ms`;
}

/**
 * The same rules for a time that goes by faster: how long an alert is pending, and over how long a rate is taken, is divided.
 * What an alert compares with is not.
 */
export function shortenRules({ groups }: RuleFile, factor: number): RuleFile {
  return {
    groups: groups.map(({ rules, ...group }) => ({
      ...group,
      rules: rules.map(({ for: pending, expr, ...rule }) => ({
        ...rule,
        expr: expr.replaceAll(TEXTS_AND_DURATIONS, (found) =>
          found.startsWith('"') ? found : shortenDuration(found, factor),
        ),
        ...(pending !== undefined && { for: shortenDuration(pending, factor) }),
      })),
    })),
  };
}
