// Apart from money.ts, since workflow code shows money too and must not carry a schema library.

/** "12.50 EUR" for 1250 minor units of EUR; a currency without minor units has no point. */
export function formatMoney(minorUnits: bigint, code: string): string {
  return `${toDecimal(minorUnits, code)} ${code}`;
}

/** "12.50" for 1250 minor units of EUR. */
export function toDecimal(minorUnits: bigint, code: string): string {
  const digits = fractionDigits(code);
  if (digits === 0) return minorUnits.toString();
  const sign = minorUnits < 0n ? '-' : '';
  const text = (minorUnits < 0n ? -minorUnits : minorUnits).toString().padStart(digits + 1, '0');
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** How many digits a currency has after the point: 2 for EUR, 0 for JPY, 3 for KWD. */
export function fractionDigits(code: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions()
      .maximumFractionDigits ?? 0
  );
}
