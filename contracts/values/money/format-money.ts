import { currencyDigits } from './currency-digits.ts';

// Without a schema library, since workflow code formats money too.

/** "12.50 EUR" for 1250 minor units of EUR. A currency without minor units has no decimal point. */
export function formatMoney(minorUnits: bigint, code: string): string {
  return `${toDecimal(minorUnits, code)} ${code}`;
}

/** "12.50" for 1250 minor units of EUR. */
export function toDecimal(minorUnits: bigint, code: string): string {
  const digits = currencyDigits(code);
  if (digits === 0) return minorUnits.toString();
  const sign = minorUnits < 0n ? '-' : '';
  const text = (minorUnits < 0n ? -minorUnits : minorUnits).toString().padStart(digits + 1, '0');
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
