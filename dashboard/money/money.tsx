import { LOCALE } from '../shell/locale.ts';
import { moneyText } from './money-text.ts';

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
  return (
    <span className="number" lang={LOCALE} translate="no">
      {moneyText(amount, currency, signed ? 'exceptZero' : 'auto')}
    </span>
  );
}
