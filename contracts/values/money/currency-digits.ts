/**
 * ISO 4217's minor units, list one of 2025: how many digits an amount has after the decimal point. Currencies that are
 * not here have 2.
 *
 * `Intl` has a table of its own, and each engine another: it has the digits that people use, from CLDR. With Node 24 HUF,
 * COP, IDR, IQD, LAK and PKR have none there, and in Chromium RSD too. Then 1999 minor units were RSD 1,999 on one screen
 * and 19.99 RSD on another.
 */
const DIGITS: Readonly<Record<string, number>> = {
  ...digits(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...digits(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...digits(4, 'CLF UYW'),
};

/** The number of digits after the decimal point: 2 for EUR, 0 for JPY, 3 for KWD. @param code of ISO 4217 */
export function currencyDigits(code: string): number {
  return DIGITS[code] ?? 2;
}

function digits(count: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, count]));
}
