import type { FactPayload } from '#contracts/values/decision.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';

/** A fact in the words of the Web UI, such as "captured 12.50 EUR". */
export function describeFact(fact: FactPayload): string {
  const { type, reason, currency, amountCaptured, refundAmount } = fact;
  const what = type.replace('payment.', '');
  const amount = refundAmount ?? amountCaptured;
  if (reason !== undefined) return `${what}: ${reason}`;
  return amount === undefined ? what : `${what} ${formatMoney(BigInt(amount), currency)}`;
}
