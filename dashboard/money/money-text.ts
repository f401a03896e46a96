import { currencyDigits } from '#contracts/values/money/currency-digits.ts';
import { toDecimal } from '#contracts/values/money/format-money.ts';
import { LOCALE } from '../shell/locale.ts';

/**
 * Minor units in the viewer's locale. It is exact at any size, since Intl takes decimal text. The digits are ISO 4217's,
 * whatever the browser has for the currency.
 */
export function moneyText(
  minorUnits: bigint,
  currency: string,
  sign: 'auto' | 'exceptZero' = 'auto',
): string {
  const digits = currencyDigits(currency);
  const format = new Intl.NumberFormat(LOCALE, {
    style: 'currency',
    currency,
    signDisplay: sign,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(toDecimal(minorUnits, currency) as `${number}`);
}
