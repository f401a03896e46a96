import type { DeclineReason } from '#contracts/values/order-status.ts';

const WORDS: Record<DeclineReason, string> = {
  insufficient_funds:
    'Your balance did not cover it, and nothing was taken. Top up, then place a new order: this one stays declined.',
  account_not_found:
    'You had no account to pay from, and nothing was taken. Open one, then place a new order: this one stays declined.',
  currency_mismatch: 'Your account is in another currency, and nothing was taken.',
  cancelled: 'It was cancelled before it was paid, and nothing was taken.',
};

/** Why an order was declined, and what to do. */
export function explainDecline(reason: string | null): string {
  return (
    WORDS[reason as DeclineReason] ??
    `It was declined (${reason ?? 'no reason was given'}), and nothing was taken.`
  );
}
