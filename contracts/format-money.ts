// Apart from money.ts, since workflow code shows money too and must not carry a schema library.

/** "12.50 EUR" for 1250 minor units of EUR; a currency without minor units has no point. */
export function formatMoney(minorUnits: bigint, code: string): string {
  const digits = fractionDigits(code);
  if (digits === 0) return `${minorUnits} ${code}`;
  const sign = minorUnits < 0n ? '-' : '';
  const text = (minorUnits < 0n ? -minorUnits : minorUnits).toString().padStart(digits + 1, '0');
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)} ${code}`;
}

function fractionDigits(code: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions()
      .maximumFractionDigits ?? 0
  );
}
