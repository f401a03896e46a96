import { toDecimal } from '#contracts/values/format-money.ts';

/** Minor units in the viewer's locale. It is exact at any size, since Intl takes decimal text. */
export function moneyText(
  minorUnits: bigint,
  currency: string,
  sign: 'auto' | 'exceptZero' = 'auto',
): string {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency, signDisplay: sign });
  return format.format(toDecimal(minorUnits, currency) as `${number}`);
}

/** Money in digits of one width, so that columns align. */
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
