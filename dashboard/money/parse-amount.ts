import { currencyDigits } from '#contracts/values/money/currency-digits.ts';
import { MAX_AMOUNT } from '#contracts/values/money/money.ts';
import { LOCALE } from '../shell/locale.ts';
import { moneyText } from './money-text.ts';

export type ParsedAmount = { readonly amount: bigint } | { readonly error: string };

/**
 * What a person typed, in minor units. It is exact, since no float is involved. A point or a comma may precede the
 * fraction, and only spaces may separate thousands. "1,234" can be read in two ways, so it is refused. Digits may be
 * those of the viewer's language: "١٢٫٥" is 12.5.
 */
export function parseAmount(text: string, currency: string, locale = LOCALE): ParsedAmount {
  const digits = currencyDigits(currency);
  const [, whole, fraction = ''] =
    /^(\d+)(?:[.,](\d*))?$/.exec(toAscii(text, locale).replaceAll(/\s/gu, '')) ?? [];
  const example = new Intl.NumberFormat(locale, {
    useGrouping: false,
    minimumFractionDigits: digits,
  }).format(digits === 0 ? 1250 : 1250.5);
  if (whole === undefined) return { error: `Write an amount in ${currency} such as ${example}` };
  if (fraction.length > digits) {
    return {
      error:
        digits === 0
          ? `${currency} has no smaller unit: write a whole number such as ${example}`
          : `${currency} has ${digits} digits after the point: write it as ${example}`,
    };
  }
  const amount = BigInt(whole + fraction.padEnd(digits, '0'));
  if (amount === 0n) return { error: 'Write an amount of more than zero' };
  if (amount > MAX_AMOUNT) return { error: 'That is more than one order or top-up can move' };
  return { amount };
}

/** As {@link parseAmount}, up to a bound. @param which says what the bound is: "which is left" */
export function parseAtMost(text: string, most: bigint, currency: string, which: string): ParsedAmount {
  const parsed = parseAmount(text, currency);
  if ('error' in parsed || parsed.amount <= most) return parsed;
  return { error: `At most ${moneyText(most, currency)}, ${which}` };
}

/** With 0 to 9 and a point for the digits and the decimal separator of a language. */
function toAscii(text: string, locale: string | undefined): string {
  const format = new Intl.NumberFormat(locale, { minimumFractionDigits: 1 });
  const ascii = new Map(
    Array.from({ length: 10 }, (_, digit) => [format.format(digit).slice(0, 1), String(digit)]),
  );
  const separator = format.formatToParts(1).find(({ type }) => type === 'decimal')?.value;
  if (separator !== undefined) ascii.set(separator, '.');
  return Array.from(text, (character) => ascii.get(character) ?? character).join('');
}
