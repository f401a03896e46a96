import { toDecimal } from '#contracts/values/format-money.ts';

/** Minor units as the viewer's language writes money, exact however large: Intl takes decimal text. */
export function moneyText(
  minorUnits: bigint,
  currency: string,
  sign: 'auto' | 'exceptZero' = 'auto',
): string {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency, signDisplay: sign });
  return format.format(toDecimal(minorUnits, currency) as `${number}`);
}

/** Money that keeps its columns: digits of one width. */
export function Money({
  amount,
  currency,
  signed = false,
}: {
  amount: bigint;
  currency: string;
  signed?: boolean;
}) {
  return <span className="number">{moneyText(amount, currency, signed ? 'exceptZero' : 'auto')}</span>;
}
