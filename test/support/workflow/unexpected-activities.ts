import type { PaymentActivities } from '#workflows/payment/activities.ts';

async function refuse(): Promise<never> {
  throw new Error('the test did not expect this activity');
}

/** The activities of a test that gives only those it expects. */
export function orUnexpected(activities: Partial<PaymentActivities>): PaymentActivities {
  return {
    debit: refuse,
    authorize: refuse,
    capture: refuse,
    expire: refuse,
    cancel: refuse,
    refund: refuse,
    report: refuse,
    ...activities,
  };
}
